// Why a message was not answered, or a reply not posted: code, in Chinese, in English.

export const REASONS = {
  // The message itself
  not_a_question: ["不是提问", "not a question"],
  low_confidence: ["没看懂，不乱答", "not sure what is asked"],
  no_words: ["没有文字", "no words in it"],
  to_another: ["在跟别人说话", "speaks to somebody else"],
  injection: ["想操纵机器人", "tries to steer the bot"],
  not_allowed: ["没有权限的命令", "a command without the role"],
  own_message: ["机器人自己的话", "the bot's own line"],
  known_bot: ["其他机器人", "another bot"],
  staff: ["主播或房管说的", "said by the staff"],
  muted: ["此人已静音", "this viewer is muted"],
  deleted: ["已被删除", "deleted in the room"],
  // The state of the room
  off: ["已静默", "the bot is off"],
  paused: ["暂停中", "paused"],
  repeated: ["刚回答过", "was just answered"],
  cooldown: ["此人刚得到回答", "this viewer was just answered"],
  room_cap: ["消息太多，来不及", "too many lines at once"],
  too_many_drafts: ["待审草稿太多", "too many drafts wait"],
  // Only a person can answer
  own_order: ["问自己的订单", "about their own order"],
  host_only: ["要主播亲自来", "for the host to do"],
  which_one: ["不清楚问哪件商品", "unclear which product"],
  no_fact: ["商品资料里没有", "not in the catalogue"],
  unknown_product: ["目录里没有这件商品", "no such product"],
  no_product: ["没说是哪件商品", "names no product"],
  // Drafts
  approval: ["等待通过", "waits for approval"],
  shadow: ["影子模式，不发送", "shadow mode: posted nowhere"],
  rejected: ["草稿未通过", "the draft was rejected"],
  host_answered: ["主播已回答", "the host has answered"],
  changed: ["价格、库存或问答已改", "price, stock or FAQ has changed"],
  // What may be said
  banned_word: ["含违禁词", "a banned word"],
  ungrounded: ["没有依据", "says what no fact supports"],
  too_long: ["太长，平台不收", "too long for the platform"],
  unreadable: ["含不可见字符", "holds characters that cannot be shown"],
  // The way to the chat
  too_late: ["太迟，已无用", "too late to be useful"],
  expired: ["太迟，已无用", "too late to be useful"],
  shown: ["只显示在叠加层", "shown on the overlay only"],
  crashed: ["发送时程序中断", "stopped while it was being sent"],
  no_answer: ["平台没有回应", "the platform did not say"],
  auth_failed: ["账号未获授权", "the account is not accepted"],
  throttled: ["平台限速", "the platform's rate limit"],
  failed: ["处理出错", "could not be handled"],
  dead_letter: ["多次出错，已搁置", "failed again and again: set aside"],
};
