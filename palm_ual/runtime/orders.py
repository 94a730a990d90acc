"""What the engine is to do, held back until the events that call for it are on disk."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from palm_ual.engines.engine import Engine


class EngineOrders:
    """Orders in the order in which they were given. A commit carries them out; a failed one forgets them.

    So an engine never does what the journal does not know of, and a refused statement moves no agent.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[Callable[[], None]] = []

    def launch(self, uid: int, numbers: Sequence[int], *, restarts: Mapping[int, int], now_ms: int) -> None:
        """See `Engine.launch`."""
        self._waiting.append(partial(self._engine.launch, uid, numbers, restarts=restarts, now_ms=now_ms))

    def drain(self, uid: int, numbers: Sequence[int], *, now_ms: int) -> None:
        """See `Engine.drain`."""
        self._waiting.append(partial(self._engine.drain, uid, numbers, now_ms=now_ms))

    def resume(self, uid: int, numbers: Sequence[int], *, now_ms: int) -> None:
        """See `Engine.resume`."""
        self._waiting.append(partial(self._engine.resume, uid, numbers, now_ms=now_ms))

    def stop(self, uid: int, numbers: Sequence[int]) -> None:
        """See `Engine.stop`."""
        self._waiting.append(partial(self._engine.stop, uid, numbers))

    def close_deployment(self, uid: int) -> None:
        """See `Engine.close_deployment`."""
        self._waiting.append(partial(self._engine.close_deployment, uid))

    def carry_out(self) -> None:
        """What calls for them is on disk."""
        waiting, self._waiting = self._waiting, []
        for order in waiting:
            order()

    def forget(self) -> None:
        """What called for them was not written."""
        self._waiting.clear()
