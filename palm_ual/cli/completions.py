"""What makes bash, zsh and fish complete the command, written from its arguments."""

from collections.abc import Callable, Iterable, Iterator

from palm_ual.cli.arguments import Argument, ShellName, documented_arguments


def completions_for(shell: ShellName) -> str:
    """The script for one shell; its first lines say where it goes."""
    return _WRITERS[shell](documented_arguments())


def _options(arguments: Iterable[Argument]) -> Iterator[Argument]:
    return (argument for argument in arguments if argument.value != "script")


def _flags(arguments: Iterable[Argument]) -> str:
    return " ".join([flag for argument in _options(arguments) for flag in argument.flags])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# bash

_BASH = """\
# bash completion for ual. For one shell:
#     source <(ual --completions bash)
# For every shell to come, where bash-completion is installed:
#     mkdir -p ~/.local/share/bash-completion/completions
#     ual --completions bash > ~/.local/share/bash-completion/completions/ual
# Elsewhere the first line goes into ~/.bashrc. It works from bash 3.2 on.

_ual() {{
    local IFS=$' \\t\\n' current=${{COMP_WORDS[COMP_CWORD]}} wanted= script= only_script= word
    COMPREPLY=()
    [[ $current != '=' ]] || current=
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        if [[ $word == '=' ]]; then
            continue
        elif [[ $wanted ]]; then
            wanted=
            continue
        elif [[ $only_script ]]; then
            script=1
            continue
        fi
        case $word in
{cases}
            --) only_script=1 ;;
            -?*) ;;
            *) script=1 ;;
        esac
    done
    case $wanted in
        '') ;;
        nothing) return ;;
        directory) _ual_files -d; return ;;
        *) COMPREPLY=($(compgen -W "$wanted" -- "$current")); return ;;
    esac
    if [[ $current == -* && ! $only_script ]]; then
        COMPREPLY=($(compgen -W '{flags}' -- "$current"))
    elif [[ ! $script ]]; then
        _ual_files -f -X '!*.ual'
        _ual_files -d
    fi
}}

# Names may hold blanks: one a line. The old bash that has no compopt does not quote them.
_ual_files() {{
    local name
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(compgen "$@" -- "$current")
    compopt -o filenames 2> /dev/null || :
}}

complete -F _ual ual
"""


def _bash(arguments: tuple[Argument, ...]) -> str:
    cases = []
    for argument in _options(arguments):
        flags = "|".join(argument.flags)
        if argument.value != "nothing":
            script = "script=1 " if argument.instead else ""
            cases.append(f"            {flags}) {script}wanted={_bash_wanted(argument)} ;;")
        elif argument.instead:
            cases.append(f"            {flags}) script=1 ;;")
    return _BASH.format(cases="\n".join(cases), flags=_flags(arguments))


def _bash_wanted(argument: Argument) -> str:
    match argument.value:
        case "choice":
            return _quoted(" ".join(argument.choices))
        case "directory":
            return "directory"
        case "nothing" | "text" | "number" | "script":
            return "nothing"


# zsh

_ZSH = """\
#compdef ual
# zsh completion for ual. For one shell, after compinit:
#     source <(ual --completions zsh)
# For every shell to come, in a directory of $fpath:
#     ual --completions zsh > ~/.zfunc/_ual      and in ~/.zshrc, before compinit: fpath+=(~/.zfunc)

_ual() {{
    _arguments -s -S : \\
{specs}
}}

if [[ $funcstack[1] == _ual ]]; then
    _ual "$@"
else
    compdef _ual ual
fi
"""


def _zsh(arguments: tuple[Argument, ...]) -> str:
    return _ZSH.format(specs=" \\\n".join([f"        {_zsh_spec(argument)}" for argument in arguments]))


def _zsh_spec(argument: Argument) -> str:
    if argument.value == "script":
        return _quoted("1:script:" + "_files -g '*.ual(-.)'")
    others = ["1"] if argument.instead else []
    others += [] if argument.repeated else argument.flags
    before = _quoted((f"({' '.join(others)})" if others else "") + ("*" if argument.repeated else ""))
    about = argument.about.translate({ord(char): f"\\{char}" for char in "[]:\\"})
    value = _zsh_value(argument)
    flags = [flag + _zsh_joint(flag, value) for flag in argument.flags]
    spelled = flags[0] if len(flags) == 1 else f"{{{','.join(flags)}}}"
    return f"{before}{spelled}{_quoted(f'[{about}]{value}')}"


def _zsh_joint(flag: str, value: str) -> str:
    """Whether a value may stand in the same word, and behind what."""
    if not value:
        return ""
    return "=" if flag.startswith("--") else "+"


def _zsh_value(argument: Argument) -> str:
    match argument.value:
        case "choice":
            return f":{argument.flags[-1].lstrip('-')}:({' '.join(argument.choices)})"
        case "directory":
            return ":directory:_directories"
        case "text" | "number":
            return f":{argument.value}: "
        case "nothing" | "script":
            return ""


# fish

_FISH = """\
# fish completion for ual. For one shell:
#     ual --completions fish | source
# For every shell to come:
#     ual --completions fish > ~/.config/fish/completions/ual.fish

function __ual_scripts
    __fish_complete_suffix .ual | string match --regex '^.*(?:\\.ual|/)(?:\\t.*)?$'
end

complete --command ual --no-files
complete --command ual --condition {condition} --arguments '(__ual_scripts)'
{lines}
"""


def _fish(arguments: tuple[Argument, ...]) -> str:
    instead = [_fish_flag(flag) for argument in arguments if argument.instead for flag in argument.flags]
    return _FISH.format(
        condition=_quoted(f"not __fish_contains_opt {' '.join(instead)}"),
        lines="\n".join([_fish_line(argument) for argument in _options(arguments)]),
    )


def _fish_flag(flag: str) -> str:
    return flag.removeprefix("--") if flag.startswith("--") else f"-s {flag.removeprefix('-')}"


def _fish_line(argument: Argument) -> str:
    parts = ["complete --command ual"]
    for flag in argument.flags:
        parts.append(f"--long-option {flag[2:]}" if flag.startswith("--") else f"--short-option {flag[1:]}")
    match argument.value:
        case "choice":
            parts.append(f"--exclusive --arguments {_quoted(' '.join(argument.choices))}")
        case "directory":
            parts.append("--exclusive --arguments '(__fish_complete_directories)'")
        case "text" | "number":
            parts.append("--exclusive")
        case "nothing" | "script":
            pass
    return " ".join([*parts, "--description", _quoted(argument.about)])


_WRITERS: dict[ShellName, Callable[[tuple[Argument, ...]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
