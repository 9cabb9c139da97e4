// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The live site as people use it: `breakroom serve` on a free port, Debian's Chromium on a small phone, with and without
// JavaScript, in both languages. What depends on a question is played here: a person with a keyboard fills a form,
// submits, reads, changes the language. Every page on the way is looked at: axe-core, html-validate, its width, and that
// it asks nobody else for anything.
//
// Plays are a list. Each gets a reader (below) and does what a person does; to add one is to add a row.

import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, folder, put, run, work } from '../lib/program.mjs';
import { ask, serve } from '../serve/server.mjs';
import { launch } from './chromium.mjs';
import { axe, fits, valid } from './clean.mjs';

const HOST = 'baysideeducators.example';


// ---- the campaign: the demo, and what it has none of ----

const right = (words, facts) => `---\n${words}law: Section 1\n${facts}---\nWhat there is to say.\n`;
const dir = folder((d) => {
    const en = (title) => `title: ${title}\nholder: Everyone\nactivity: Wear a button\nplace: Classroom\ntime: On duty\n`;
    const es = (title) => `title: ${title}\nholder: Todos\nactivity: Llevar un botón\nplace: Salón de clases\ntime: En horas de trabajo\n`;

    put(d, 'rights/button-yes.md', right(en('May I wear a button?'), 'order: 20\nanswer: yes\nreviewed: 2026-01-09\n'));
    put(d, 'rights/button-yes.es.md', right(es('¿Puedo llevar un botón?'), ''));
    put(d, 'rights/button-no.md', right(en('May I wear a button in class?'), 'order: 21\nanswer: no\nreviewed: 2025-01-09\nreview_by: 2026-01-09\n'));
    put(d, 'rights/button-no.es.md', right(es('¿Puedo llevar un botón en clase?'), ''));
    put(d, 'news/2026-11-20-words.md', '---\ntitle: Words and deeds\nwithout: lead, ask, signature, archive, paid-for\n---\n'
        + 'Unionization begins with a folding chair and a cup of coffee.\n');
    put(d, 'news/2026-11-20-words.es.md', '---\ntitle: Palabras y hechos\nwithout: lead, ask, signature, archive, paid-for\n---\n'
        + 'La sindicalización empieza con una silla plegable y una taza de café.\n');
});
const data = join(work, 'live-data');
const loaded = run(['load', dir, '--data', data, '--yes', '--at', AT]);

assert.equal(loaded.status, 0, loaded.stderr);
const server = await serve(['serve', '--data', data, '--preview', HOST, '--listen', '127.0.0.1:0', '--at', AT]);
const origin = `http://127.0.0.1:${server.port}`;
const browser = await launch();

// ---- a reader ----

async function openReader({ scripted, width, colorScheme }) {
    // bypassCSP: for axe, which is put into the page; where no script runs the policy stands as it is.
    const context = await browser.newContext({
        javaScriptEnabled: scripted, bypassCSP: scripted, colorScheme, viewport: { width, height: 640 },
    });
    const faults = [];

    context.on('request', (request) => {
        if (new URL(request.url()).origin !== origin)
            faults.push(`asked ${request.url()}`);
    });
    const page = await context.newPage();
    // The status of a page that is not there is said in the console as well; the plays look at it themselves.
    page.on('console', (m) => m.type() === 'error' && !/status of 404/.test(m.text()) && faults.push(m.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    const reader = {
        page, faults, close: () => context.close(),
        open: (path) => page.goto(origin + path),
        path: () => page.url().slice(origin.length),
        heading: async () => (await page.locator('h1').innerText()).replace(/\s+/g, ' '),
        lang: () => page.locator('html').getAttribute('lang'),
    };

    // Tab until the field or button with that name has the focus: whoever cannot use a mouse gets there in this way.
    reader.tabTo = async (role, name) => {
        const wanted = page.getByRole(role, { name, exact: true });

        assert.equal(await wanted.count(), 1, `${role} “${name}”`);
        for (let i = 0; i < 80; i++) {
            if (await wanted.evaluate((e) => e === document.activeElement)) {
                assert.ok(await wanted.evaluate((e) => getComputedStyle(e).outlineStyle !== 'none'), `no ring around “${name}”`);
                return wanted;
            }
            await page.keyboard.press('Tab');
        }
        throw new Error(`the Tab key never reaches ${role} “${name}”`);
    };

    // Chooses by what a person reads, with the arrows.
    reader.choose = async (label, option) => {
        const select = await reader.tabTo('combobox', label);
        const words = () => select.evaluate((e) => e.options[e.selectedIndex].textContent);

        for (let i = 0; i < 30 && await words() !== option; i++)
            await page.keyboard.press('ArrowDown');
        for (let i = 0; i < 30 && await words() !== option; i++)
            await page.keyboard.press('ArrowUp');
        assert.equal(await words(), option, `“${label}” has no “${option}”`);
    };

    reader.press = async (role, name) => {
        await reader.tabTo(role, name);
        await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
        await page.waitForLoadState();
    };

    reader.otherLanguage = async (code) => {
        await page.locator(`header a[hreflang="${code}"]`).click();
        await page.waitForLoadState();
        assert.equal(await reader.lang(), code);
    };

    // The page as a whole, wherever the play stands.
    reader.look = async () => {
        const at = reader.path();

        await valid(at, (await ask(server, at)).body.toString('utf8'));
        await fits(page);
        if (scripted)
            await axe(page);
        assert.equal(await page.locator('h1').count(), 1, at);
        assert.deepEqual(await context.cookies(), [], at);
        assert.deepEqual(faults, [], at);
    };
    return reader;
}

// ---- plays ----

const FIND = {
    en: {
        start: '/rights/', what: 'What do you want to do?', where: 'Where?', when: 'When?', ask: 'Find the answer',
        talk: 'Talk with colleagues about the union', leave: 'Leave newsletters for colleagues', button: 'Wear a button',
        record: 'Record a private talk in secret',
        breakRoom: 'Break room', classroom: 'Classroom', mailroom: 'Staff mailroom',
        lunch: 'Breaks and lunch', duty: 'On duty', after: 'Before and after work',
        question: 'May I do this, here, now?', yes: 'Yes', no: 'No', depends: 'It depends',
        none: 'No rule found: ask us', conflict: 'Our rules disagree: ask us',
        due: 'was to be checked again by January 9, 2026', missing: 'You have not said when.', unknown: 'not on our list',
        law: 'Gov. Code §§ 3543(a), 3543.5(a)', checked: 'January 9, 2026', write: /^Ask us: hello@/, other: 'es',
    },
    es: {
        start: '/es/rights/', what: '¿Qué quiere hacer?', where: '¿Dónde?', when: '¿Cuándo?', ask: 'Buscar la respuesta',
        talk: 'Hablar del sindicato con los colegas', leave: 'Dejar boletines para los colegas', button: 'Llevar un botón',
        record: 'Grabar en secreto una conversación privada',
        breakRoom: 'Sala de descanso', classroom: 'Salón de clases', mailroom: 'Sala de correo del personal',
        lunch: 'Descansos y almuerzo', duty: 'En horas de trabajo', after: 'Antes y después del trabajo',
        question: '¿Puedo hacer esto, aquí y ahora?', yes: 'Sí', no: 'No', depends: 'Depende',
        none: 'No hay ninguna regla: pregúntenos', conflict: 'Nuestras reglas no coinciden: pregúntenos',
        due: 'a más tardar el 9 de enero de 2026', missing: 'No ha dicho cuándo.', unknown: 'no está en nuestra lista',
        law: 'Gov. Code §§ 3543(a), 3543.5(a)', checked: '9 de enero de 2026', write: /^Pregúntenos: hello@/, other: 'en',
    },
};

// Fills the finder with the keyboard from top to bottom; an empty choice is left as it is.
async function asks(reader, w, what, where, when) {
    await reader.open(w.start);
    if (what)
        await reader.choose(w.what, what);
    if (where)
        await reader.choose(w.where, where);
    if (when)
        await reader.choose(w.when, when);
    await reader.press('button', w.ask);
}

// The page in the other language asks the same, and its answer is the same one.
async function switches(reader, lang, w, verdict) {
    const asked = () => [...new URL(reader.page.url()).searchParams].filter(([, value]) => value);
    const question = asked();
    const there = FIND[w.other];

    await reader.otherLanguage(w.other);
    assert.deepEqual(asked(), question);
    assert.equal(await reader.heading(), `${there.question}${verdict ? ` ${there[verdict]}` : ''}`);
    await reader.look();
    await reader.otherLanguage(lang);
    assert.deepEqual(asked(), question);
}

const finderPlays = [
    {
        name: 'rights finder: the page of rights begins with the form',
        async play(reader, lang) {
            await reader.open(FIND[lang].start);
            assert.equal(await reader.page.getByRole('combobox').count(), 3);
            await reader.look();
        },
    },
    {
        name: 'rights finder: yes, with its law and its day',
        async play(reader, lang) {
            const w = FIND[lang];

            await asks(reader, w, w.talk, w.breakRoom, w.lunch);
            assert.equal(await reader.heading(), `${w.question} ${w.yes}`);
            const answer = reader.page.locator('section.answer');

            for (const words of [w.law, w.checked])
                assert.ok((await answer.innerText()).includes(words), words);
            assert.ok((await reader.page.title()).includes(w.yes));
            assert.equal(await reader.page.getByRole('combobox', { name: w.what }).evaluate((e) => e.options[e.selectedIndex].text), w.talk);
            await reader.look();
            await switches(reader, lang, w, 'yes');
        },
    },
    {
        name: 'rights finder: no, and it depends',
        async play(reader, lang) {
            const w = FIND[lang];

            await asks(reader, w, w.talk, w.classroom, w.duty);
            assert.equal(await reader.heading(), `${w.question} ${w.no}`);
            await reader.look();
            await asks(reader, w, w.leave, w.mailroom, w.after);
            assert.equal(await reader.heading(), `${w.question} ${w.depends}`);
            await reader.look();
        },
    },
    {
        name: 'rights finder: a rule for every place and time',
        async play(reader, lang) {
            const w = FIND[lang];

            await asks(reader, w, w.record, w.breakRoom, w.lunch);
            assert.equal(await reader.heading(), `${w.question} ${w.no}`);
            await switches(reader, lang, w, 'no');
        },
    },
    {
        name: 'rights finder: no rule is neither yes nor no, and says whom to ask',
        async play(reader, lang) {
            const w = FIND[lang];

            await asks(reader, w, w.talk, w.mailroom, w.after);
            assert.equal(await reader.heading(), `${w.question} ${w.none}`);
            assert.equal(await reader.page.locator('section.answer').count(), 0);
            const mail = reader.page.getByRole('link', { name: w.write });

            assert.equal(await mail.getAttribute('href'), 'mailto:hello@baysideeducators.example');
            await reader.look();
            await switches(reader, lang, w, 'none');
        },
    },
    {
        name: 'rights finder: yes and no together, one of them overdue',
        async play(reader, lang) {
            const w = FIND[lang];

            await asks(reader, w, w.button, w.classroom, w.duty);
            assert.equal(await reader.heading(), `${w.question} ${w.conflict}`);
            assert.deepEqual(await reader.page.locator('section.answer .verdict').allInnerTexts(), [w.no, w.yes]);
            assert.ok((await reader.page.locator('main').innerText()).includes(w.due));
            await reader.look();
            await switches(reader, lang, w, 'conflict');
        },
    },
    {
        name: 'rights finder: part of a question lists what fits; a line of it is a whole question',
        async play(reader, lang) {
            const w = FIND[lang];

            await asks(reader, w, w.talk, w.breakRoom, '');
            assert.equal(await reader.heading(), w.question);
            assert.ok((await reader.page.locator('main').innerText()).includes(w.missing));
            await reader.look();
            await switches(reader, lang, w, '');
            await reader.page.locator('table.rights').getByRole('link').first().focus();
            await Promise.all([reader.page.waitForEvent('framenavigated'), reader.page.keyboard.press('Enter')]);
            await reader.page.waitForLoadState();
            assert.equal(await reader.heading(), `${w.question} ${w.yes}`);
        },
    },
    {
        name: 'rights finder: an address that asks for what is not there',
        async play(reader, lang) {
            const w = FIND[lang];
            const answer = await reader.open(`${w.start}find?activity=%22%3E%3Cscript%3Edocument.title%3D1%3C/script%3E&place=classroom`);

            assert.equal(answer.status(), 404);
            assert.ok((await reader.page.locator('main').innerText()).includes(w.unknown));
            const field = reader.page.getByRole('combobox', { name: w.what });

            assert.equal(await field.getAttribute('aria-invalid'), 'true');
            await reader.press('link', w.what);
            await reader.look();
            await reader.choose(w.what, w.talk);
            await reader.choose(w.when, w.duty);
            await reader.press('button', w.ask);
            assert.equal(await reader.heading(), `${w.question} ${w.no}`);
        },
    },
];

const SEARCH = {
    en: { start: '/search', words: 'folding chair', phrase: '"a cup of coffee"', never: '"coffee of cup"', hit: /\/news\/2026-11-20-words/ },
    es: { start: '/es/search', words: 'sindicalizacion', phrase: '"silla plegable"', never: '"plegable silla"', hit: /\/es\/news\/2026-11-20-words/ },
};

// The form by its role, its field by its name: types, and sends with Enter.
async function searches(reader, path, words) {
    await reader.open(path);
    const field = reader.page.getByRole('search').locator('input[name="q"]').first();

    await field.focus();
    await field.fill('');
    await reader.page.keyboard.type(words);
    await Promise.all([reader.page.waitForEvent('framenavigated'), reader.page.keyboard.press('Enter')]);
    await reader.page.waitForLoadState();
    assert.equal(new URL(reader.page.url()).searchParams.get('q'), words);
    assert.equal(await reader.page.getByRole('search').locator('input[name="q"]').first().inputValue(), words);
}

const searchPlays = [
    {
        name: 'search: words are found and marked, without regard to accents',
        async play(reader, lang) {
            const w = SEARCH[lang];

            await searches(reader, w.start, w.words);
            const marks = await reader.page.locator('main mark').allInnerTexts();

            assert.ok(marks.length > 0, 'nothing is marked');
            if (lang === 'es')
                assert.ok(marks.some((m) => /^sindicalización$/i.test(m)), marks.join(', '));
            const links = await reader.page.locator('main a[href]').evaluateAll((all) => all.map((a) => a.getAttribute('href')));

            assert.ok(links.some((href) => w.hit.test(href)), links.join('\n'));
            await reader.look();
        },
    },
    {
        name: 'search: a phrase in quotation marks is found as it stands, and only so',
        async play(reader, lang) {
            const w = SEARCH[lang];

            await searches(reader, w.start, w.phrase);
            assert.ok(await reader.page.locator('main mark').count() > 0);
            await reader.look();
            await searches(reader, w.start, w.never);
            assert.equal(await reader.page.locator('main mark').count(), 0);
            await reader.look();
        },
    },
    {
        name: 'search: what is typed comes back as words',
        async play(reader, lang) {
            await searches(reader, SEARCH[lang].start, '"><script>document.title=1</script>');
            assert.notEqual(await reader.page.title(), '1');
            await reader.look();
        },
    },
    {
        name: 'search: the other language searches for the same',
        async play(reader, lang) {
            const w = SEARCH[lang];

            await searches(reader, w.start, w.words);
            await reader.otherLanguage(lang === 'en' ? 'es' : 'en');
            assert.equal(new URL(reader.page.url()).searchParams.get('q'), w.words);
            await reader.look();
        },
    },
];

const plays = [...finderPlays, ...searchPlays];

// ---- every play, as everyone ----

const readers = [
    { who: '320 px', scripted: true, width: 320, colorScheme: 'light' },
    { who: '320 px, no JavaScript', scripted: false, width: 320, colorScheme: 'light' },
    { who: '1280 px, dark', scripted: true, width: 1280, colorScheme: 'dark' },
];

for (const { name, play } of plays)
    for (const lang of ['en', 'es'])
        for (const { who, ...options } of readers.filter((r) => lang === 'en' || r.width === 320))
            await test(`${name} (${lang}, ${who})`, async () => {
                const reader = await openReader(options);

                try {
                    await play(reader, lang);
                    assert.deepEqual(reader.faults, []);
                } finally {
                    await reader.close();
                }
            });

await browser.close();
await test('the server ends as it should', async () => assert.equal(await server.stop(), 0, server.stderr));
finish();
