"""The page says everything in both languages."""

import re

from tests.browser.site import Site
from tests.browser.visitor import Browser, visiting

MISSING = """async address => {
  const words = async name => import(`${address}/page/words/${name}.js`)
  const [{EN}, {ZH}, {STUDIO}] = await Promise.all(['en', 'zh', 'studio'].map(words))
  const kind = of => Object.fromEntries(Object.entries(of).map(([key, word]) => [key, typeof word]))
  return [[kind({...EN, ...STUDIO.en}), kind({...ZH, ...STUDIO.zh})],
          [Object.keys(EN), Object.keys(STUDIO.en)]]
}"""
"""The kind of each word by its key in English and in Chinese, and which file says what."""


async def test_each_word_stands_in_both_languages_and_once(browser: Browser, site: Site) -> None:
    async with site.open(), visiting(browser, site.address) as ann:
        await ann.go("/page/")
        (english, chinese), (main, studio) = await ann.page.evaluate(MISSING, site.address)
        assert english == chinese
        assert set(main) & set(studio) == set()
        assert all(re.fullmatch(r"[a-z0-9_-]+", key) for key in english)
