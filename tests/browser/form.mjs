// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A form as a person meets it, in Debian's Chromium, on the guest book that only tests have (tests/serve/guestbook.c):
// filled in wrongly, mended and sent, in both languages, with and without JavaScript, on a small phone and with the
// keyboard alone; axe-core and html-validate on every step, and on the pages of errors.

import { strict as assert } from 'node:assert';
import { dirname, join } from 'node:path';
import { AT, breakroom, demo, run, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { serve } from '../serve/server.mjs';
import { launch } from './chromium.mjs';
import { clean, tabbed, valid } from './clean.mjs';

const data = join(work, 'data');

assert.equal(run(['load', demo, '--data', data, '--yes', '--at', AT]).status, 0);
const server = await serve(['serve', '--data', data, '--preview', 'baysideeducators.example', '--listen', '127.0.0.1:0', '--at', AT],
    { program: join(dirname(breakroom), 'tests/serve/breakroom-with-guestbook') });
const at = `http://127.0.0.1:${server.port}`;
const browser = await launch();

const languages = {
    en: { path: '/guestbook', faults: 6, title: /^Please check: Write in the guest book/, name: 'Your name', send: 'Send', none: /\(optional\)/, missing: 'Please fill in “Your name”.', shift: 'Which shift do you work?', place: 'In the yard', tick: 'My words may stand on this page', years: 'Years here', words: 'What would you change?' },
    es: { path: '/es/guestbook', faults: 6, title: /^Por revisar: Escriba en el libro de visitas/, name: 'Su nombre', send: 'Enviar', none: /\(opcional\)/, missing: 'Rellene “Su nombre”.', shift: '¿En qué turno trabaja?', place: 'En el patio', tick: 'Mis palabras pueden estar en esta página', years: 'Años aquí', words: '¿Qué cambiaría usted?' },
};

// ---- filled in wrongly, mended, sent ----

async function visit(lang, { javaScriptEnabled, width, colorScheme }) {
    const l = languages[lang];
    const context = await browser.newContext({ javaScriptEnabled, viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    const mine = `Kim ${lang} ${javaScriptEnabled} ${width}`;
    const words = `\n  Two lines,\n<b>and “more”</b> ${mine}`;
    const look = javaScriptEnabled ? () => clean(page) : () => {};

    try {
        await page.goto(at + l.path);
        assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
        await look();
        await page.getByRole('button', { name: l.send }).click();
        assert.match(await page.title(), l.title);
        assert.equal(await page.locator('.alarm li').count(), l.faults);
        assert.equal(await page.locator('[aria-invalid=true]').count(), l.faults);
        assert.equal(await page.evaluate(() => document.activeElement.className), 'alarm', 'the list of faults has the focus');
        await look();

        // Each fault leads to its field: the first link, then what is typed goes into it.
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement.textContent), l.missing);
        await page.keyboard.press('Enter');
        await page.waitForURL(/#Field-name$/);
        await page.keyboard.press('Tab'); // from the place the link led to
        const name = page.getByLabel(l.name);

        assert.equal(await page.evaluate(() => document.querySelector(':target').id), 'Field-name');
        await name.fill(mine);
        await page.getByLabel(l.words).fill(words);
        await page.getByLabel(l.shift).selectOption('night');
        await page.getByLabel(l.place).check();
        await page.getByLabel(l.years).fill('three');
        await page.getByRole('button', { name: l.send }).click();
        assert.equal(await page.locator('.alarm li').count(), 2);
        assert.equal(await page.getByLabel(l.name).inputValue(), mine);
        assert.equal(await page.getByLabel(l.words).inputValue(), words, 'long text is kept to the line');
        assert.equal(await page.getByLabel(l.shift).inputValue(), 'night');
        assert.ok(await page.getByLabel(l.place).isChecked());
        assert.equal(await page.getByLabel(l.years).inputValue(), 'three');
        assert.match(await page.getByLabel(l.years).evaluate((e) => e.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).textContent).join(' ')), /“(Years here|Años aquí)”/);
        await look();
        await page.getByLabel(l.years).fill('3');
        await page.getByLabel(l.tick).check();
        await page.getByRole('button', { name: l.send }).click();
        await page.waitForURL(at + l.path);
        assert.equal(await page.locator('.alarm').count(), 0);
        assert.ok((await page.locator('#Rows ~ ul').innerText()).includes(mine));
        assert.equal(await page.getByLabel(l.name).inputValue(), '', 'the form is empty again');
        await page.reload(); // after a 303 nothing is sent twice
        assert.equal(await page.getByText(mine, { exact: true }).count(), 1);
        await look();
    } finally {
        await context.close();
    }
}

for (const lang of Object.keys(languages)) {
    for (const how of [
        { javaScriptEnabled: true, width: 320, colorScheme: 'light' },
        { javaScriptEnabled: true, width: 1280, colorScheme: 'dark' },
        { javaScriptEnabled: false, width: 320, colorScheme: 'light' },
    ])
        await test(`${lang}, ${how.width} px, ${how.javaScriptEnabled ? how.colorScheme : 'without JavaScript'}: faults, mended, sent`, () => visit(lang, how));
}

// ---- with the keyboard alone ----

await test('the keyboard alone: every field in its order, each with a ring, sent with Enter', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const order = [];

    await page.goto(`${at}/guestbook`);
    await page.locator('h1').click();
    for (let i = 0; i < 8; i++) {
        const name = await tabbed(page);

        order.push(name);
        if (['place', 'agreed'].includes(name))
            await page.keyboard.press('Space');
        else if (name === 'shift')
            await page.keyboard.press('n');
        else if (name !== 'submit')
            await page.keyboard.type(name === 'years' ? '7' : `keys ${name}`);
    }
    assert.deepEqual(order, ['name', 'email', 'shift', 'place', 'years', 'words', 'agreed', 'submit']);
    await page.keyboard.press('Enter');
    await page.getByText('keys name', { exact: true }).waitFor({ timeout: 10_000 });
    await context.close();
});

// ---- a page of somebody else's ----

await test('a form on another site that posts here is refused, with a page that says so', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();

    await page.route('http://elsewhere.example/**', (route) => route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${at}/guestbook"><input name="name" value="Forged"><button>go</button></form>`,
    }));
    await page.goto('http://elsewhere.example/');
    await page.getByRole('button').click();
    await page.waitForURL(`${at}/guestbook`);
    assert.match(await page.locator('h1').innerText(), /did not come from a page of this site/);
    await page.goto(`${at}/guestbook`);
    assert.equal(await page.getByText('Forged').count(), 0);
    await context.close();
});

// ---- every page as HTML, and those of errors ----

await test('html-validate: the form new, with faults and too often', async () => {
    const post = (path, body) => fetch(at + path, { method: 'POST', body: new URLSearchParams(body), headers: { Origin: at }, redirect: 'manual' });

    for (const { path } of Object.values(languages)) {
        await valid(path, await (await fetch(at + path)).text());
        await valid(`${path} with faults`, await (await post(path, { name: '"<\'', words: '<>', years: 'x', email: 'x' })).text());
    }
    let last;

    for (let i = 0; i < 300 && last?.status !== 429; i++)
        last = await post('/guestbook', { name: 'often' });
    assert.equal(last.status, 429);
    await valid('too often', await last.text());
});

await test('the pages of errors: html-validate and axe, at 320 px', async () => {
    const context = await browser.newContext({ viewport: { width: 320, height: 800 }, bypassCSP: true });
    const page = await context.newPage();

    for (const status of [400, 403, 405, 413, 414, 415, 422, 429, 431, 500, 503]) {
        for (const base of ['', '/es']) {
            const address = `${at}${base}/guestbook/error?status=${status}`;
            const answer = await page.goto(address);

            assert.equal(answer.status(), status);
            await valid(address, await answer.text());
            await clean(page);
        }
    }
    await context.close();
});

await browser.close();
assert.equal(await server.stop(), 0, server.stderr);
finish();
