"""The `ual` command; also `python -m palm_ual`."""

import sys

from palm_ual import __version__


def main() -> None:
    """Run the command and leave with its exit status."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"ual {__version__}\n")  # before anything else is imported
        return
    try:
        from palm_ual.cli.main import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
