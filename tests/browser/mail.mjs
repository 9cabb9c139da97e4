// SPDX-License-Identifier: AGPL-3.0-or-later
//
// mail.mjs [OUT]: every newsletter of the demo as a letter in a browser, at 320 and 700 px, light and dark, with nothing
// to fetch: valid, accessible, no wider than the screen. With OUT the pictures stay there, for a person to look at.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { HtmlValidate } from 'html-validate';
import { finish, scratch, test } from '../lib/tap.mjs';
import { launch } from './chromium.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const breakroom = resolve(process.env.BUILD, 'breakroom');
const out = process.argv[2] ?? scratch();
const rules = JSON.parse(readFileSync(new URL('./htmlvalidate.json', import.meta.url), 'utf8'));
/* Mail programs keep what is inline and old: styles at each element, tables as boxes. */
const validate = new HtmlValidate({
    ...rules,
    root: true,
    rules: { ...rules.rules, 'no-inline-style': 'off', 'prefer-tbody': 'off', 'no-deprecated-attr': 'off', 'attribute-allowed-values': 'off', 'no-style-tag': 'off', 'prefer-native-element': 'off' },
});

mkdirSync(out, { recursive: true });

function htmlOf(key) {
    const letter = execFileSync(breakroom, ['mail', 'preview', 'demo', key, '--to', '-', '--at', '2026-12-01T12:00:00Z'], { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] });
    const part = letter.slice(letter.indexOf('Content-Type: text/html')).split('\r\n--=_')[0];
    const coded = part.slice(part.indexOf('\r\n\r\n') + 4).replace(/=\r\n/g, '');

    return Buffer.from(coded.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
}

const keys = readdirSync('demo/news').map((file) => /^\d{4}-\d\d-\d\d-(.*)\.md$/.exec(file)[1]);
const letters = new Map(keys.map((key) => [key, htmlOf(key)]));
const browser = await launch();

for (const [key, html] of letters)
    await test(`${key}: valid HTML`, async () => {
        const report = await validate.validateString(html);

        assert.deepEqual(report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)), []);
    });

for (const width of [320, 700])
    for (const colorScheme of ['light', 'dark']) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
        const page = await context.newPage();
        const asked = [];

        await page.route('**', (route) => {
            asked.push(route.request().url());
            return route.abort();
        });
        for (const [key, html] of letters)
            await test(`${key}: ${width} px, ${colorScheme}`, async () => {
                await page.setContent(html);
                await page.evaluate(axe);
                const { violations } = await page.evaluate(() => globalThis.axe.run(document, { rules: { region: { enabled: false }, 'landmark-one-main': { enabled: false } } }));

                assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
                assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, 'wider than the screen');
                assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), colorScheme === 'dark' ? 'rgb(22, 20, 18)' : 'rgb(255, 253, 248)');
                assert.deepEqual(asked, []);
                await page.screenshot({ path: join(out, `${key}.${width}-${colorScheme}.png`), fullPage: true });
            });
        await context.close();
    }

/* A program that drops style sheets and classes leaves the inline styles: still one column, still readable. */
await test('without its style sheet a letter keeps its column and its colours', async () => {
    const page = await browser.newPage({ viewport: { width: 320, height: 900 } });

    for (const [key, html] of letters) {
        await page.setContent(html.replace(/<style>[^]*?<\/style>/, '').replace(/ class="[^"]*"/g, ''));
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, key);
        assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('h1')).color), 'rgb(28, 26, 23)');
    }
});
await browser.close();
finish();
