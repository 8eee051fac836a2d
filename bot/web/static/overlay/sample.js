// ?demo=1: answers that nobody gave, so that the overlay can be put in its place before the stream.

const SAMPLES = {
  zh: [
    ["加绒连帽卫衣", "卫衣多少钱？", "加绒连帽卫衣现在129元，两件9折～", ["小雨", "阿杰", "糖糖"], 5],
    ["高腰直筒牛仔裤", "160斤穿什么码", "按尺码表：L 120-140斤，XL 140-165斤，您可以选XL哦", ["大山"], 1],
    [null, "新疆发货吗", "全国包邮，新疆西藏除外；48小时内发货。", ["Ayla", "木木"], 2],
    ["真丝印花方巾", "方巾还有吗", "真丝印花方巾只剩3件了，喜欢的抓紧～", ["七七"], 9],
  ],
  en: [
    ["Fleece hoodie", "how much is the hoodie?", "$59 for the Fleece hoodie; two pieces: 10% off.", ["Bob", "amy_k", "Zed"], 5],
    ["Straight jeans", "what size for 72 kg?", "By the size guide: L 60–70 kg, XL 70–82 kg. XL fits you.", ["Marco"], 1],
    [null, "do you ship to Canada?", "We ship to Canada in 5–8 days, free from $80.", ["Ayla", "jo"], 2],
    ["Silk scarf", "is the scarf still there", "Only 3 left of the Silk scarf.", ["kit"], 9],
  ],
};

export function sample(stage, asked) {
  let turn = 0;
  const next = () => {
    const rows = SAMPLES[asked.lang];
    const [product, question, text, names, count] = rows[turn % rows.length];
    const answer = { id: `sample-${turn}`, lang: asked.lang, asked: question, product, text, names, count };
    stage.show(answer, asked.stay);
    turn += 1;
    setTimeout(next, turn < asked.max ? 1000 : Math.max(4000, (asked.stay / asked.max) * 1000));
  };
  next();
}
