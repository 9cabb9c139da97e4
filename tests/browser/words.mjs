// SPDX-License-Identifier: AGPL-3.0-or-later
//
// words.mjs: words of 200 letters, emoji and Arabic in a case and in a claim leave no page broken: the docket, the claims,
// and a newsletter that shows both, in two languages, at 320 and 1280 px.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, folder, newsletter, put, run, work } from '../lib/program.mjs';
import { launch, openPage } from './chromium.mjs';
import { axe, fits, valid } from './clean.mjs';

const word = 'w'.repeat(200);
const mixed = `${word} 👩‍🏫 العمال يتحدثون ${word}`;
const both = (name, text) => `${name} = ${text}\n${name}_es = ${text}\n`;
const site = join(work, 'site');
const dir = folder((d) => {
    put(d, 'cases/wide.ini', both('title', mixed) + both('forum', mixed) + `number = ${'1-'.repeat(100)}2\n` +
        both('filed_by', mixed) + both('against', mixed) + both('summary', mixed) + 'documents = doc:lobby-note\n' +
        `[allegation ${'k'.repeat(64)}]\n` + both('text', mixed) + '2026-04-08 = charged\n' + both('2026-04-08 by', mixed) +
        `2026-05-08 = dismissed\n${both('2026-05-08 by', mixed)}2026-06-08 = on-appeal\n2031-01-01 = reversed\n`);
    put(d, 'claims/wide.md', `---\ntitle: ${mixed}\nsummary: ${mixed}\nchannel: ${mixed}\ndate: 2026-04-01\nreviewed: 2026-04-10\n---\n${mixed}\n\n` +
        `## 1. ${mixed}\n> ${mixed}\n\n${mixed} [${word}](faq:is-it-legal)\n\n\`\`\`\n## ${word}\n\`\`\`\n`);
    newsletter(d, '2026-11-20-wide', `[${mixed}](case:wide#${'k'.repeat(64)}) was dismissed, and [${mixed}](claim:wide-1) said.\n\n` +
        `![${mixed}](case:wide#${'k'.repeat(64)})\n\n![${mixed}](claim:wide-1)\n`);
});

await test('it is checked without an error', () => {
    const done = run(['build', dir, site, '--at', AT]);

    assert.equal(done.status, 0, done.stdout + done.stderr);
});

const browser = await launch();
const names = ['docket/index', 'docket/wide', 'claims/index', 'claims/wide'].flatMap((name) => [`${name}.html`, `es/${name}.html`]);

for (const name of [...names, 'news/2026-11-20-wide.html'])
    await test(`${name}: 320 and 1280 px`, async () => {
        const context = await browser.newContext();
        const page = await context.newPage();

        await valid(name, readFileSync(join(site, name), 'utf8'));
        for (const width of [1280, 320]) {
            await page.setViewportSize({ width, height: 800 });
            await openPage(page, site, name);
            await fits(page);
            assert.deepEqual(await page.evaluate(cut), [], `${name} at ${width} px`);
        }
        await axe(page, { preload: false });
        assert.ok(!/2031/.test(await page.content()), `${name} tells of a day to come`);
        await context.close();
    });

// In the page: words that stick out of the box they stand in, and so run over their neighbours or are cut off.
function cut() {
    return [...document.querySelectorAll('main :is(p, h1, h2, h3, th, td, dd, dt, li, a, span, strong, code)')]
        .filter((e) => getComputedStyle(e).display !== 'inline' && !e.closest('pre') && !e.matches('.hidden'))
        .filter((e) => e.scrollWidth > e.clientWidth + 1)
        .map((e) => e.outerHTML.slice(0, 120));
}

await browser.close();
finish();
