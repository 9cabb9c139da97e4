// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What leans on what, as readers see it: the demo is served, a figure is corrected and a ruling reversed in its folder, and
// it is loaded again under the server. Each newsletter that leaned on one of them says so in each language, and so do the page
// of corrections, the feed, the claim and the docket; every other page of the site is what it was. Before that a figure
// grows, and no page changes at all but for what the growth is of.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, folder, put, run, work } from '../lib/program.mjs';
import { ask, serve, until } from '../serve/server.mjs';
import { launch } from './chromium.mjs';
import { clean, valid } from './clean.mjs';

const HOST = 'baysideeducators.example';
const dir = folder();
const data = join(work, 'leans-data');
const edit = (name, from, to) => {
    const text = readFileSync(join(dir, name), 'utf8');

    assert.ok(text.includes(from), `${name} has no “${from}”`);
    put(dir, name, text.replace(from, to));
};
const load = () => {
    const done = run(['load', dir, '--data', data, '--yes', '--at', AT]);

    assert.equal(done.status, 0, done.stderr);
};

load();
const server = await serve(['serve', '--data', data, '--preview', HOST, '--listen', '127.0.0.1:0', '--at', AT]);
const browser = await launch();
// Who comes for the first time: a browser may show what it has for a while.
const reader = async () => (await browser.newContext({ bypassCSP: true, viewport: { width: 320, height: 640 } })).newPage();
let page = await reader();
const get = async (path) => (await ask(server, path)).body.toString('utf8');

// Every page that the site has for people, and the feeds: path → bytes.
async function siteNow() {
    const paths = [...(await get('/sitemap.xml')).matchAll(/<loc>https:\/\/[^/]+([^<]*)<\/loc>/g)].map((m) => m[1]);
    const all = new Map();

    assert.ok(paths.length > 60, `${paths.length} pages in the sitemap`);
    for (const path of [...paths, '/feed.xml', '/es/feed.xml'])
        all.set(path, await get(path));
    return all;
}

const changed = (before, now) => [...now.keys()].filter((path) => before.get(path) !== now.get(path)).sort();

// The notes on top of a page, as a person reads them, on a phone; the page itself is without fault.
async function notes(path) {
    await page.goto(`http://127.0.0.1:${server.port}${path}`);
    await valid(path, await get(path));
    await clean(page);
    return (await page.locator('.notice p, p.notice').allInnerTexts()).map((words) => words.replace(/\s+/g, ' '));
}

const first = await siteNow();

await test('before anything changed, what will be marked is not', async () => {
    for (const path of ['/news/2026-07-16-our-year', '/es/news/2026-07-16-our-year', '/news/2026-06-25-complaint'])
        assert.deepEqual(await notes(path), [], path);
});

await test('a figure that grows touches nothing', async () => {
    edit('figures.csv', 'filed-educators,104,', 'filed-educators,111,educators,educadores,2026-11-25,Count,Conteo,,,,,\nfiled-educators,104,');
    edit('pages/about.md', '\n---\n', '\n---\nThis page is newer.\n\n');
    load();
    await until('the new page', async () => (await get('/about')).includes('This page is newer.'));
    assert.deepEqual(changed(first, await siteNow()), ['/about']);
});

await test('a corrected figure and a ruling that was reversed are loaded while people read', async () => {
    edit('figures.csv', 'parent-calls,61,', 'parent-calls,60,');
    edit('figures.csv', 'Avisos que nos dieron las familias, cada uno leído por el comité",2026-12-31,,,,',
        'Avisos que nos dieron las familias, cada uno leído por el comité",2026-12-31,61,One family had called twice.,Una familia había llamado dos veces.,2026-11-28');
    edit('claims/family-letter.md', '[61 parents]', '[60 parents]');
    edit('claims/family-letter.es.md', '[61 padres y madres]', '[60 padres y madres]');
    edit('cases/access.ini', '2026-06-22 = complaint-issued\n', '2026-06-22 = complaint-issued\n2026-11-25 = sustained\n2026-11-27 = reversed\n');
    load();
    await until('the correction', async () => (await get('/corrections')).includes('One family had called twice.'));
});

const now = await siteNow();

page = await reader();
const EN = 'After this was written, on November 28, 2026: A figure was corrected: it said 61 parents and is 60 parents. One family had called twice.';
const ES = 'Después de escrito esto, el 28 de noviembre de 2026: Se corrigió una cifra: decía 61 padres y madres y debe decir 60 padres y madres. Una familia había llamado dos veces.';
const RULING = /^After this was written, on November 27, 2026: Alleged: In the week of March 2.*Complaint issued\..*June 22, 2026\. Since then: Reversed, November 27, 2026\.$/;
const FALLO = /^Después de escrito esto, el 27 de noviembre de 2026: .*En la semana del 2 de marzo.*22 de junio de 2026.*27 de noviembre de 2026\.$/;

await test('each newsletter that leaned on them says so on top, in each language, with both values', async () => {
    let said = await notes('/news/2026-07-16-our-year');

    assert.equal(said[0], EN);
    assert.match(said[1], RULING);
    assert.equal(said.length, 2);
    said = await notes('/es/news/2026-07-16-our-year');
    assert.equal(said[0], ES);
    assert.match(said[1], FALLO);
    assert.equal(said.length, 2);
    said = await notes('/news/2026-06-25-complaint');
    assert.match(said[0], RULING);
    assert.equal(said.length, 1);
});

await test('its words stay, and its figure leads to what was corrected', async () => {
    await page.goto(`http://127.0.0.1:${server.port}/news/2026-07-16-our-year`);
    await page.getByRole('link', { name: '61 parents', exact: true }).click();
    assert.match(page.url(), /#fig-parent-calls$/);
    assert.match(await page.locator('#fig-parent-calls').innerText(), /^60 parents[^]*Corrected: it said 61 before\. One family had called twice\./);
});

await test('the page of corrections has a line of each, with who leaned on it', async () => {
    for (const [path, words, used] of [['/corrections', EN, 'It was used in:'], ['/es/corrections', ES, 'Se usó en:']]) {
        await notes(path);
        const lines = (await page.locator('main > div > ul > li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
        const titles = await page.locator('main > div > ul > li').first().locator('a').allInnerTexts();

        assert.ok(lines[0].startsWith(`${words} ${used} `), lines[0]);
        assert.equal(titles.length, 1);
        assert.match(lines[1], path === '/corrections' ? /November 27, 2026:/ : /el 27 de noviembre de 2026:/);
    }
});

await test('the feed has the note, and the day, of each', () => {
    for (const [path, words, entries] of [['/feed.xml', 'it said 61 parents and is 60 parents', 2], ['/es/feed.xml', 'decía 61 padres y madres y debe decir 60', 1]]) {
        const dated = now.get(path).split('<entry>').slice(1).filter((entry) => /<updated>2026-11-2[78]T/.test(entry));

        assert.equal(dated.length, entries, path);
        assert.equal(dated.filter((entry) => entry.includes(words)).length, 1, path);
    }
});

await test('the claim has the right figure and says that it was corrected; the docket has the ruling and its banner', async () => {
    await notes('/claims/family-letter');
    assert.match(await page.locator('#fig-parent-calls').innerText(), /Corrected: it said 61 before\./);
    assert.deepEqual((await notes('/docket/access')).filter((words) => /no longer stands/.test(words)).length, 1);
    assert.match(await page.locator('#mail').innerText(), /Reversed[^]*November 27, 2026[^]*Sustained/i);
    assert.equal((await notes('/es/docket/access')).length, 1);
});

await test('no other page of the site is changed', () => {
    const touched = changed(first, now).filter((path) => path !== '/about');

    assert.deepEqual(touched, [
        '/claims/family-letter', '/corrections', '/docket/', '/docket/access', '/es/claims/family-letter', '/es/corrections',
        '/es/docket/', '/es/docket/access', '/es/feed.xml', '/es/news/2026-07-16-our-year', '/feed.xml',
        '/news/2026-06-25-complaint', '/news/2026-07-16-our-year',
    ]);
});

await browser.close();
assert.equal(await server.stop(), 0);
finish();
