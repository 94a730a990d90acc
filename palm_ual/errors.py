"""Every error a person can cause, each with the stable code that a caller may act on.

A code exists only where a caller would do something different about it. `word` is the text in the
statement that the error is about: the console finds its place in the source and draws the caret.
This module imports nothing, so every layer may raise from it.
"""

_UNREACHABLE = 4


class PalmError(Exception):
    """Base of all coded errors.

    `exit_status` is what a script ends with: 1 a statement failed, 2 wrong arguments, 3 syntax,
    4 the fleet cannot be reached or opened, 5 a wait was not met in time.
    """

    code = "PALM_ERROR"
    exit_status = 1

    def __init__(self, message: str, *, hint: str | None = None, word: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.word = word
        """The offending text as it stands in the statement, without its quotes."""
        self.span: tuple[int, int] | None = None
        """Where in the source text, as character offsets, when the raiser knows it."""
        self.note: str | None = None
        """What is said beside the caret (`did you mean COUNT?`)."""

    @property
    def ends_the_fleet(self) -> bool:
        """Whether a fleet that raised it is over."""
        return self.exit_status == _UNREACHABLE

    def at(self, start: int, end: int, note: str | None = None) -> "PalmError":
        """The same error with its place in the source text; returns itself."""
        self.span = (start, end)
        self.note = note
        return self


class UalSyntaxError(PalmError):
    """The text is not UAL; nothing of it ran."""

    code = "UAL_SYNTAX"
    exit_status = 3


class UnfinishedStatement(UalSyntaxError):
    """The text ends in the middle of a statement: a prompt opens a continuation line."""


class InvalidValue(PalmError):
    """A value has the right form and the wrong meaning: out of range, wrong type, not allowed."""

    code = "INVALID_VALUE"


class LimitExceeded(PalmError):
    """A bound of `palm_ual.model.limits` would be passed."""

    code = "LIMIT_EXCEEDED"


class UnknownKey(InvalidValue):
    """A config key, label, field or setting that does not exist."""

    code = "UNKNOWN_KEY"


class NotFound(PalmError):
    """No deployment, agent, type or topic of that name."""

    code = "NOT_FOUND"


class Conflict(PalmError):
    """What is asked does not go with what is: a taken name, a draining deployment."""

    code = "CONFLICT"


class InsufficientCapacity(PalmError):
    """More agents wanted than the fleet can hold; nothing was started."""

    code = "INSUFFICIENT_CAPACITY"


class DeploymentFailed(PalmError):
    """The deployment did not become ready; what it had started was ended."""

    code = "DEPLOYMENT_FAILED"


class ScalingStuck(PalmError):
    """A change makes no progress; what blocks it is in the message."""

    code = "SCALING_STUCK"


class WaitTimedOut(PalmError):
    """A `WAIT`, or the `UNTIL` of a `WATCH`, was not met in time."""

    code = "WAIT_TIMEOUT"
    exit_status = 5


class NotConfirmed(PalmError):
    """A person answered no, or nobody was there to ask."""

    code = "NOT_CONFIRMED"


class UsageError(PalmError):
    """Wrong command-line arguments, or a wrong value in the environment."""

    code = "USAGE"
    exit_status = 2


class FileFailed(PalmError):
    """A script or another file of the user's cannot be read."""

    code = "IO_ERROR"


class HomeError(PalmError):
    """The home cannot be opened or written."""

    code = "HOME_IO_ERROR"
    exit_status = _UNREACHABLE


class HomeLocked(HomeError):
    """Another process holds the home."""

    code = "HOME_LOCKED"


class HomeCorrupt(HomeError):
    """The state file is damaged, foreign or was edited; it is left as it is."""

    code = "HOME_CORRUPT"


class HomeTooNew(HomeError):
    """A newer release wrote the state file."""

    code = "HOME_TOO_NEW"


class CommitFailed(HomeError):
    """Nothing of the statement was written; it may be tried again."""

    code = "COMMIT_FAILED"
    exit_status = 1


class OutcomeUnknown(HomeError):
    """The commit itself failed: whether the statement is on disk shows only after reopening."""

    code = "OUTCOME_UNKNOWN"


class TypeUnavailable(PalmError):
    """An agent type that the home knows cannot be loaded by this process."""

    code = "TYPE_UNAVAILABLE"


class InvariantBroken(PalmError):
    """A programming mistake: the world contradicts itself. Raised even under `python -O`."""

    code = "INVARIANT_BROKEN"
