"""The commands by name, and what each of them does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from bot.model import STAFF, RoomState
from bot.rules.commands import answering, approval, goods, modes, people, telling
from bot.rules.commands.asked import Asked, Result
from bot.rules.commands.spoken import ALIASES, plain

Act: TypeAlias = Callable[[RoomState, Asked], Result]


def _undo(state: RoomState, asked: Asked) -> Result:
    """Go back to before the last change; what was on its way since is not posted."""
    if (earlier := state.before) is None:
        return state, asked.say("没有可撤销的命令", "nothing to undo")
    back = replace(
        state,
        mode=earlier.mode,
        paused_until=earlier.paused_until,
        showing=earlier.showing,
        changes=earlier.changes,
        muted=earlier.muted,
        autonomy=earlier.autonomy,
        slots=(),
        answered={},
        before=None,
    )
    deed = next((one for one in reversed(state.log) if one.change and not one.undone), None)
    if deed is None:  # the room is older than its log
        return back, asked.say("已撤销上一条命令", "the last command is undone")
    undone = replace(deed, undone=True)
    log = tuple(undone if one is deed else one for one in state.log)
    what = f"{deed.line} ({deed.notice})"
    return replace(back, log=log), asked.say(f"已撤销：{what}", f"undone: {what}")


USES: Mapping[str, tuple[str, str]] = {
    "on": ("on：开启", "on: answer"),
    "off": ("off：关闭，排队的也不发", "off: say nothing, not even what is queued"),
    "mode": ("mode [意图] auto|approve|shadow|off", "mode [INTENT] auto|approve|shadow|off"),
    "pause": ("pause 5m：暂停", "pause 5m: say nothing for a while"),
    "status": ("status：现在的状态", "status: what holds"),
    "now": ("now 链接或SKU：正在讲解", "now LINK-or-SKU: what is on screen"),
    "price": ("price 链接 金额：改价", "price LINK AMOUNT"),
    "stock": ("stock 链接 件数：改库存", "stock LINK N"),
    "faq": ("faq add 问题 = 回答", "faq add QUESTION = ANSWER"),
    "mute": ("mute @用户：不回答此人", "mute @user: answer them no more"),
    "unmute": ("unmute @用户：恢复", "unmute @user: answer them again"),
    "ok": ("ok 编号 [= 改后的话]：发送草稿", "ok ID [= OTHER WORDS]: send a draft"),
    "no": ("no 编号：丢弃草稿", "no ID: drop a draft"),
    "answer": ("answer 编号 = 回答：亲自回答；只写编号：不再提示",
               "answer ID = WORDS: say it to who asked; answer ID: it is answered"),
    "drafts": ("drafts：待审草稿", "drafts: what waits for approval"),
    "undo": ("undo：撤销上一次改动", "undo: take back the last change"),
    "why": ("why [编号]：为何（没）回答", "why [ID]: why it was (not) answered"),
    "stats": ("stats：统计", "stats: how many messages had which end"),
    "log": ("log：最近五次改动", "log: the last five changes"),
    "help": ("help [命令]：用法", "help [COMMAND]: how to use it"),
}  # fmt: skip
READING = frozenset({"status", "drafts", "why", "stats", "log", "help"})
"""The commands that change nothing: whoever may only look may give these."""


def _help(state: RoomState, asked: Asked) -> Result:
    """Name the commands that a role may give, or say how one of them is used."""
    name = plain(asked.rest).strip()
    name = ALIASES.get(name, name)
    if name in USES:
        return state, asked.say(*USES[name])
    mine = (each for each in ACTS if asked.role in STAFF or each in READING)
    return state, asked.say("命令：", "commands: ") + " · ".join(mine)


ACTS: Mapping[str, Act] = {
    "on": modes.on, "off": modes.off, "mode": modes.mode, "pause": modes.pause,
    "status": telling.status, "now": goods.now, "price": goods.price, "stock": goods.stock,
    "faq": goods.faq, "mute": people.mute, "unmute": people.unmute, "ok": approval.ok,
    "no": approval.no, "answer": answering.answer, "drafts": approval.waiting, "undo": _undo,
    "why": telling.why, "stats": telling.stats, "log": telling.log, "help": _help,
}  # fmt: skip
UNCHANGING = READING | {"ok", "no", "answer", "undo"}
"""The commands that ``undo`` passes over."""
