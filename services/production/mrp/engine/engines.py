"""Which engine plans: the compiled one where it can be had, else the reference, and it says so."""

from dataclasses import dataclass
from importlib import import_module

from services.production.mrp.engine.loop import plan_by_loop
from services.production.mrp.engine.plan import Engine
from shared.i18n import Bilingual

SLOW = Bilingual(
    "The compiled engine cannot be loaded: this plan took the reference engine, with the same "
    "result, some thirty times slower",
    "无法加载编译引擎：本次计划使用参考引擎，结果相同，速度约慢三十倍",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """`name` is kernel or loop; `notice` says why it is the slow one, None when it is not."""

    name: str
    plan: Engine
    notice: Bilingual | None


def chosen_engine() -> Chosen:
    """Load the compiled engine. Takes a second and 160 MB: planning processes only.

    Its code is kept compiled; `ahead.py` does that before anybody waits for it.
    """
    try:
        compiled = import_module("services.production.mrp.engine.compiled")
    except ImportError:
        return Chosen("loop", plan_by_loop, SLOW)
    return Chosen("kernel", compiled.plan_compiled, None)
