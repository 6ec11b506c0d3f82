/** Holds the page's own texts in English and Chinese. The app's texts come from the app. */

import { me } from "./state.js";

const WORDS = {
  banner: ["Slack, COS, SCF and aiart are stand-ins here: this page is no Slack, and the pictures are painted by a stand-in, not by aiart.", "此处的 Slack、COS、SCF 和 aiart 均为本机替身：本页面不是 Slack，图片由替身绘制，并非 aiart 生成。"],
  skip: ["Skip to the message field", "跳到输入框"],
  you_are: ["You are", "当前身份"],
  conversations: ["Conversations", "会话"],
  show_conversations: ["Show conversations", "显示会话列表"],
  channels: ["Channels", "频道"],
  direct_messages: ["Direct messages", "私信"],
  apps: ["Apps", "应用"],
  home: ["Home", "主页"],
  messages: ["Messages", "消息"],
  messages_in: ["Messages in {name}", "{name} 中的消息"],
  unread: ["{n} unread", "{n} 条未读"],
  unread_mention: ["{n} unread, you are mentioned", "{n} 条未读，有人提到你"],
  app_badge: ["APP", "应用"],
  no_home: ["{app} has not published a Home for you yet.", "{app} 尚未为你发布主页。"],
  not_a_member: ["{app} is not in this channel, so it does not see what you write here.", "{app} 不在此频道，看不到你在这里写的内容。"],
  archived: ["This channel is archived.", "此频道已归档。"],
  empty: ["Nothing here yet. Take one of these sample photos and send it to {app}:", "这里还没有消息。选一张示例照片发给 {app} 试试："],
  samples: ["Sample photos", "示例照片"],
  samples_note: ["Drawn for this project", "为本项目绘制"],
  take_sample: ["Attach the sample photo {name}", "添加示例照片 {name}"],
  attach: ["Attach files", "添加文件"],
  remove: ["Remove {name}", "移除 {name}"],
  shortcuts: ["Shortcuts", "快捷方式"],
  mention: ["Mention somebody", "提及某人"],
  send: ["Send", "发送"],
  message_to: ["Message {name}", "发消息到 {name}"],
  reply_to: ["Reply", "回复"],
  suggestions: ["Suggestions", "建议"],
  n_suggestions: ["{n} suggestions", "{n} 条建议"],
  only_you: ["Only visible to you", "仅你可见"],
  dismiss: ["Dismiss", "关闭"],
  edited: ["(edited)", "（已编辑）"],
  more: ["More actions", "更多操作"],
  options: ["More options", "更多选项"],
  reply_in_thread: ["Reply in thread", "在消息列中回复"],
  edit: ["Edit message", "编辑消息"],
  delete: ["Delete message", "删除消息"],
  delete_sure: ["Delete this message? This cannot be undone.", "确定删除此消息？此操作无法撤销。"],
  delete_yes: ["Delete", "删除"],
  cancel: ["Cancel", "取消"],
  save: ["Save", "保存"],
  close: ["Close", "关闭"],
  replies_1: ["1 reply", "1 条回复"],
  replies: ["{n} replies", "{n} 条回复"],
  last_reply: ["last at {time}", "最后回复 {time}"],
  thread: ["Thread", "消息列"],
  no_message: ["This message is not there (any more).", "此消息不存在（或已删除）。"],
  reacted: ["{names} reacted with {emoji}", "{names} 回应了 {emoji}"],
  show_picture: ["Enlarge: {name}", "放大：{name}"],
  not_loaded: ["Picture from elsewhere, not loaded: this page asks nobody but the stand-ins.", "外部图片未加载：本页面只访问本机替身。"],
  file_gone: ["A file that was deleted", "文件已删除"],
  no_answer: ["{app} did not answer as it should ({error}).", "{app} 未能正常响应（{error}）。"],
  failed: ["That did not work: {error}", "操作失败：{error}"],
  offline: ["No connection to the stand-ins; trying again…", "无法连接到替身，正在重试……"],
  no_command_in_thread: ["{command} does not work in threads (as in Slack).", "{command} 不能在消息列中使用（与 Slack 相同）。"],
  no_files_with_command: ["A command cannot carry files (as in Slack).", "命令不能附带文件（与 Slack 相同）。"],
  no_such_command: ["{command} is no command of this workspace.", "此工作区没有命令 {command}。"],
  mentioned: ["{name} wrote to you in {place}", "{name} 给你发了消息：{place}"],
  a_direct_message: ["a direct message", "私信"],
  open: ["Open", "打开"],
  new_message: ["{name}: {text}", "{name}：{text}"],
  files_at_most: ["At most {n} files here.", "这里最多 {n} 个文件。"],
  choose_files: ["Choose files", "选择文件"],
  choose: ["Choose an option", "请选择"],
  optional: ["(optional)", "（可选）"],
  submit: ["Submit", "提交"],
  characters_left: ["{n} characters left", "还可输入 {n} 个字符"],
  no_shortcuts: ["The app has no shortcuts.", "该应用没有快捷方式。"],
  workflow: ["Run workflow step: {name}", "运行工作流步骤：{name}"],
  run: ["Run", "运行"],
  run_state: ["{name}: {state}", "{name}：{state}"],
  behind: ["Behind the scenes", "幕后"],
  behind_short: ["Behind", "幕后"],
  jobs: ["Jobs", "任务"],
  jobs_note: ["A job is the objects it has in the bucket.", "一个任务就是它在存储桶中的对象。"],
  no_jobs: ["No job yet.", "还没有任务。"],
  calls: ["Calls to aiart", "aiart 调用"],
  no_calls: ["No call yet.", "还没有调用。"],
  billed: ["billed", "已计费"],
  not_billed: ["not billed", "未计费"],
  lines: ["Log lines of the functions", "函数日志"],
  of_job: ["Of", "范围"],
  all_lines: ["all", "全部"],
  see_lines: ["Its log lines", "该任务的日志"],
  see_thread: ["Its thread", "对应消息列"],
  state_open: ["open", "进行中"],
  state_succeeded: ["succeeded", "成功"],
  state_failed: ["failed", "失败"],
  state_cancelled: ["cancelled", "已取消"],
};

/** Wishes that fit the sample photos. */
const WISHES = {
  lamp: ["on a walnut desk by a window at dusk", "放在窗边的胡桃木书桌上，黄昏"],
  mug: ["on a wooden table in a sunny garden", "放在阳光花园里的木桌上"],
  perfume: ["on a marble table, soft morning light", "放在大理石台面上，柔和的晨光"],
  shoe: ["on a forest path in autumn", "放在秋天的林间小路上"],
};

// Slack's own complaints about a form, which the stand-in gives in English, and their Chinese.
const COMPLAINTS = [
  [/^Please complete this required field\.$/, "请填写此必填字段。"],
  [/^Please use at least (\d+) characters\.$/, "请至少输入 $1 个字符。"],
  [/^Please use at most (\d+) characters\.$/, "最多输入 $1 个字符。"],
  [/^Please choose at most (\d+) files\.$/, "最多选择 $1 个文件。"],
  [/^Please choose files of at most 10 MB\.$/, "请选择不超过 10 MB 的文件。"],
  [/^Please choose files of these types: (.*)\.$/, "请选择以下类型的文件：$1。"],
  [/^Please enter a number\.$/, "请输入数字。"],
  [/^Please enter a whole number\.$/, "请输入整数。"],
  [/^Please enter (.*) or more\.$/, "请输入不小于 $1 的数。"],
  [/^Please enter (.*) or less\.$/, "请输入不大于 $1 的数。"],
];

const isChinese = () => (me()?.locale ?? "en").startsWith("zh");

/** Gives the page's language, which is the person's. */
export const language = () => (isChinese() ? "zh-CN" : "en");

/** Gives the text for `key`, with each `{name}` replaced by that of `facts`. */
export function t(key, facts = {}) {
  const words = WORDS[key]?.[isChinese() ? 1 : 0] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
}

/** Gives a wish that fits a sample photo. */
export function wishFor(sample) {
  const [en, zh] = WISHES[sample.replace(/\W.*/, "")] ?? ["on a wooden table", "放在木桌上"];
  return isChinese() ? zh : en;
}

/** Translates a complaint about a form into the person's language, if it is one of Slack's own. */
export function complaint(words) {
  const known = isChinese() && COMPLAINTS.find(([pattern]) => pattern.test(words));
  return known ? words.replace(...known) : words;
}
