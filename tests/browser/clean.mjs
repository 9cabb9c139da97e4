// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What every page owes, whoever looks at it: nothing that axe-core or html-validate finds, nothing wider than the screen,
// and a ring around what the keyboard is at.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const validator = new HtmlValidate(JSON.parse(readFileSync(new URL('htmlvalidate.json', import.meta.url), 'utf8')));
export const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

// `preload`: axe fetches the style sheet by itself, which a page from the disk may not.
export async function axe(page, { rules = [...WCAG, 'best-practice'], preload = true } = {}) {
    const found = await page.evaluate(async ({ code, options }) => {
        if (!window.axe)
            (0, eval)(code);
        const result = await window.axe.run(document, options);

        return result.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
    }, { code: source, options: { runOnly: rules, resultTypes: ['violations'], preload } });

    assert.deepEqual(found, []);
}

// In the page: what makes it wider than the screen, the deepest elements that stick out and may not scroll by themselves.
function tooWide() {
    const width = document.documentElement.clientWidth;

    if (document.documentElement.scrollWidth <= width)
        return [];
    return ['the page', ...[...document.querySelectorAll('body *')]
        .filter((e) => e.getBoundingClientRect().right > width + 0.5)
        .slice(-3).map((e) => e.outerHTML.slice(0, 160))];
}

export async function fits(page) {
    assert.deepEqual(await page.evaluate(tooWide), [], `${page.url()} scrolls sideways`);
}

export async function clean(page, options) {
    await axe(page, options);
    await fits(page);
}

export async function valid(what, html) {
    const report = await validator.validateString(html);

    assert.deepEqual(report.results.flatMap((r) => r.messages).map((m) => `${what} ${m.line}:${m.column} ${m.ruleId}: ${m.message}`), []);
}

// One press of Tab: the name of the field, or else the type, of what the keyboard is at then.
export async function tabbed(page) {
    await page.keyboard.press('Tab');
    const e = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        const box = document.activeElement.getBoundingClientRect();

        return { name: document.activeElement.name || document.activeElement.type, ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1, height: box.height };
    });

    assert.ok(e.ring, `${e.name} has no ring`);
    assert.ok(e.height >= 24, `${e.name} is ${e.height} px high`);
    return e.name;
}
