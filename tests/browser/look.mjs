// SPDX-License-Identifier: AGPL-3.0-or-later
//
// look.mjs SITE OUT: every page as pictures, at 320 and 1280 px, light, dark and printed, on one index page: so that a
// person can look at all of them before anybody else does. English and Spanish stand side by side.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { launch, pagesOf } from './chromium.mjs';

const [site, out] = process.argv.slice(2);
const views = [
    { name: '320-light', width: 320, colorScheme: 'light' },
    { name: '320-dark', width: 320, colorScheme: 'dark' },
    { name: '1280-light', width: 1280, colorScheme: 'light' },
    { name: '1280-dark', width: 1280, colorScheme: 'dark' },
    { name: 'print', width: 794, colorScheme: 'light', media: 'print' },
];
const pages = pagesOf(site);
const picture = (page, view) => `${page.name.replaceAll('/', '_').replace(/\.html$/, '')}.${view.name}.png`;

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const browser = await launch();

for (const view of views) {
    const context = await browser.newContext({ colorScheme: view.colorScheme, viewport: { width: view.width, height: 800 } });
    const tab = await context.newPage();

    await tab.emulateMedia({ media: view.media ?? 'screen' });
    await test(`${pages.length} pages: ${view.name}`, async () => {
        for (const page of pages) {
            await tab.goto(page.url);
            await tab.screenshot({ path: join(out, picture(page, view)), fullPage: true });
        }
    });
    await context.close();
}
await browser.close();

// A page and its translation in one row: es/x.html beside x.html.
const first = pages.filter((page) => !page.name.startsWith('es/') || !pages.some((p) => `es/${p.name}` === page.name));
const shots = (page) => views.map((view) => `<a href="${picture(page, view)}"><figure><img loading="lazy" src="${picture(page, view)}" alt=""><figcaption>${view.name}</figcaption></figure></a>`).join('');
const rows = first.map((page) => {
    const other = pages.find((p) => p.name === `es/${page.name}`);

    return `<h2><a href="${page.url}">${page.name}</a></h2><div>${shots(page)}</div>${other ? `<div>${shots(other)}</div>` : ''}`;
});

writeFileSync(join(out, 'index.html'), `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Every page</title>
<style>
body { font: 16px/1.4 system-ui, sans-serif; margin: 1rem; background: #ddd }
div { display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; margin-bottom: 1rem }
figure { margin: 0 } img { max-height: 36rem; max-width: 32rem; background: #fff; border: 1px solid #888 }
</style>
<h1>${pages.length} pages</h1>
${rows.join('\n')}
</html>
`);
finish();
