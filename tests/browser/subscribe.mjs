// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Subscribing as a person meets it, in Debian's Chromium, with and without JavaScript, in both languages, on a small phone
// and on a desk, light and dark, with the keyboard alone: from the link on the front page to the list, to other wishes, away
// and back, and to nothing. axe-core and html-validate on every page. The letters are in a file (tests/serve/postbox.c).
//
// With LOOK=FOLDER each page is also left there as a picture.

import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AT, breakroom, demo, run, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { serve, until } from '../serve/server.mjs';
import { letters, makeKeys } from '../serve/subscribers.mjs';
import { launch } from './chromium.mjs';
import { WCAG, clean, tabbed, valid } from './clean.mjs';

const data = join(work, 'data');
const env = { POSTBOX: join(data, 'store/postbox') };
const pictures = process.env.LOOK;

assert.equal(run(['load', demo, '--data', data, '--yes', '--at', AT]).status, 0);
const server = await serve(['serve', '--data', data, '--preview', 'baysideeducators.example', '--listen', '127.0.0.1:0', '--at', AT],
    { program: join(dirname(breakroom), 'tests/serve/breakroom-with-postbox'), env });
const at = `http://127.0.0.1:${server.port}`;
const browser = await launch();
const box = () => letters(env.POSTBOX);

if (pictures)
    mkdirSync(pictures, { recursive: true });

// A page that remembers the bytes it was made from.
async function open(context) {
    const page = await context.newPage();

    page.on('response', (answer) => {
        if (answer.request().resourceType() === 'document' && answer.status() !== 303)
            page.came = answer.text();
    });
    return page;
}

// Looks at the page that is there: html-validate, axe-core where it can run, nothing sideways, a picture.
async function look(page, how, name) {
    await valid(`${name} ${how.lang}`, await page.came);
    if (how.javaScriptEnabled)
        await clean(page);
    assert.equal(await page.evaluate(() => document.documentElement.lang), how.lang);
    if (pictures && how.javaScriptEnabled)
        await page.screenshot({ path: join(pictures, `${name}-${how.lang}-${how.width}-${how.colorScheme}.png`), fullPage: true });
}

const words = {
    en: {
        link: 'Get our newsletter by mail', address: 'Your mail address', audience: 'Teachers and counselors at Bayside', workplace: 'Your school or workplace (optional)', send: 'Subscribe',
        missing: 'Please fill in “Your mail address”.', work: /is the employer’s mail/, sent: 'Please look in your mailbox', yes: 'Yes, send it to me', done: 'You are on the list. Thank you!',
        press: 'Reporters', important: 'Only the most important ones', save: 'Save', saved: 'Saved.', leave: 'Leave the list', left: 'You have left the list', undo: 'Undo: keep sending it to me',
        back: 'You are on the list again. Welcome back!', remove: 'Delete all about you', sure: 'Yes, delete everything', gone: 'There is nothing about you here', unknown: 'We cannot read this link', closed: 'Sign-up is not open yet',
    },
    es: {
        link: 'Reciba nuestro boletín por correo', address: 'Su dirección de correo', audience: 'Maestros y consejeros de Bayside', workplace: 'Su escuela o lugar de trabajo (opcional)', send: 'Suscribirme',
        missing: 'Rellene “Su dirección de correo”.', work: /es el correo del empleador/, sent: 'Por favor, mire su correo', yes: 'Sí, quiero recibirlo', done: 'Ya está en la lista. ¡Gracias!',
        press: 'Periodistas', important: 'Solo los más importantes', save: 'Guardar', saved: 'Guardado.', leave: 'Darse de baja', left: 'Ya no está en la lista', undo: 'Deshacer: quiero seguir recibiéndolo',
        back: 'Está de nuevo en la lista. ¡Le damos la bienvenida!', remove: 'Borrar todo lo que hay sobre usted', sure: 'Sí, borrar todo', gone: 'Aquí no hay nada sobre usted', unknown: 'No podemos leer este enlace', closed: 'La inscripción todavía no está abierta',
    },
};
let people = 0;

async function visit(how) {
    const w = words[how.lang];
    const base = how.lang === 'es' ? '/es' : '';
    const context = await browser.newContext({ javaScriptEnabled: how.javaScriptEnabled, viewport: { width: how.width, height: 800 }, colorScheme: how.colorScheme, bypassCSP: true });
    const page = await open(context);
    const title = () => page.locator('h1').innerText();
    const press = (name) => page.getByRole('button', { name, exact: true }).click();

    people += 1;
    try {
        // From the front page to the form, and sent with nothing in it.
        await page.goto(`${at}${base}/`);
        await page.getByRole('link', { name: w.link }).first().click();
        assert.equal(new URL(page.url()).pathname, `${base}/subscribe`);
        await look(page, how, '1-form');
        await press(w.send);
        assert.match(await page.title(), /Please check|Por revisar/);
        assert.equal(await page.evaluate(() => document.activeElement.className), 'alarm');
        await look(page, how, '2-faults');
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement.textContent), w.missing);

        // An address at work: turned down, and what was typed is still there.
        await page.getByLabel(w.address).fill('rosa@baysidecharter.example');
        await page.getByLabel(w.audience).check();
        await page.getByLabel(w.workplace).fill('Harbor High');
        await press(w.send);
        assert.match(await page.locator('#Fault-address').innerText(), w.work);
        assert.equal(await page.getByLabel(w.workplace).inputValue(), 'Harbor High');
        assert.ok(await page.getByLabel(w.audience).isChecked());
        await look(page, how, '3-work-address');
        await page.getByLabel(w.address).fill(`visit${people}@home.example`);
        await press(w.send);
        await page.waitForURL(`${at}${base}/subscribe/sent`);
        assert.equal(await title(), w.sent);
        await look(page, how, '4-sent');

        // The letter, its page, its button.
        const letter = box().at(-1);

        assert.equal(letter.to, `visit${people}@home.example`);
        await page.goto(at + letter.paths[0]);
        await look(page, how, '5-confirm');
        await press(w.yes);
        await page.waitForURL(/\/preferences\/.*done=confirmed/);
        assert.equal(await page.locator('[role=status]').innerText(), w.done);
        await look(page, how, '6-confirmed');

        // Other wishes.
        await page.getByLabel(w.press).check();
        await page.getByLabel(w.important).check();
        await press(w.save);
        await page.waitForURL(/done=saved/);
        assert.equal(await page.locator('[role=status]').innerText(), w.saved);
        assert.ok(await page.getByLabel(w.press).isChecked());

        // Away, and back.
        await page.getByRole('link', { name: w.leave }).click();
        await look(page, how, '7-leave');
        await page.getByRole('button').click();
        await page.waitForURL(/\/leave\//);
        assert.equal(await title(), w.left);
        await look(page, how, '8-left');
        await page.reload();
        assert.equal(await title(), w.left, 'after a 303 nothing is sent twice');
        await press(w.undo);
        await page.waitForURL(/done=back/);
        assert.equal(await page.locator('[role=status]').innerText(), w.back);

        // Nothing left.
        await page.getByRole('link', { name: w.remove }).click();
        await look(page, how, '9-delete');
        await press(w.sure);
        await page.waitForURL(/\/leave\//);
        assert.equal(await title(), w.gone);
        await look(page, how, '10-gone');
        await page.goto(`${at}${base}/leave/${'A'.repeat(43)}`);
        assert.equal(await title(), w.unknown);
        await look(page, how, '11-unknown');
    } finally {
        await context.close();
    }
}

await test('before there are keys: the page says so, in both languages', async () => {
    for (const lang of Object.keys(words)) {
        const context = await browser.newContext({ viewport: { width: 320, height: 800 }, bypassCSP: true });
        const page = await open(context);

        await page.goto(`${at}${lang === 'es' ? '/es' : ''}/subscribe`);
        assert.equal(await page.locator('h1').innerText(), words[lang].closed);
        await look(page, { lang, width: 320, colorScheme: 'light', javaScriptEnabled: true }, '0-closed');
        await context.close();
    }
});

await makeKeys(data);
await until('sign-up opens', async () => (await (await fetch(`${at}/`)).text()).includes('/subscribe'));

for (const lang of Object.keys(words))
    for (const how of [
        { javaScriptEnabled: true, width: 320, colorScheme: 'light' }, { javaScriptEnabled: true, width: 320, colorScheme: 'dark' },
        { javaScriptEnabled: true, width: 1280, colorScheme: 'light' }, { javaScriptEnabled: true, width: 1280, colorScheme: 'dark' },
        { javaScriptEnabled: false, width: 320, colorScheme: 'light' },
    ])
        await test(`${lang}, ${how.width} px, ${how.javaScriptEnabled ? how.colorScheme : 'without JavaScript'}: from the front page to the list, away and back, to nothing`, () => visit({ lang, ...how }));

await test('the keyboard alone: every field in its order, each with a ring, sent with Enter', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const order = [];

    await page.goto(`${at}/subscribe`);
    await page.locator('h1').click();
    for (let i = 0; i < 5; i++) {
        const name = await tabbed(page);

        order.push(name);
        if (name === 'address')
            await page.keyboard.type('keys@home.example');
        else if (name === 'audience')
            await page.keyboard.press('Space');
    }
    assert.deepEqual(order, ['address', 'audience', 'workplace', 'lang', 'submit']);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${at}/subscribe/sent`);
    assert.equal(box().at(-1).to, 'keys@home.example');
    await context.close();
});

await test('the letter: the same links in both its forms, html-validate, readable on a phone', async () => {
    const letter = box().at(-1);
    const context = await browser.newContext({ viewport: { width: 320, height: 800 } });
    const page = await context.newPage();

    await page.setContent(letter.html);
    assert.deepEqual(await page.locator('a').evaluateAll((links) => links.map((a) => a.href)), letter.links);
    assert.equal(await page.locator('[lang=es]').count(), 1);
    await clean(page, { rules: WCAG }); // a letter has no landmarks
    if (pictures)
        await page.screenshot({ path: join(pictures, '12-letter.png'), fullPage: true });
    await context.close();
});

await browser.close();
assert.equal(await server.stop(), 0, server.stderr);
finish();
