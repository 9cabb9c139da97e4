// SPDX-License-Identifier: AGPL-3.0-or-later
//
// People subscribe, confirm, leave, come back, change their wishes and have all deleted, over the wire, on SQLite and, where
// TEST_POSTGRES names one (tests/lib/postgres.sh with …), on PostgreSQL. Letters go into a file (postbox.c).
//
// Invariant: an address is in what the person typed and in the letter, and nowhere else: no event, no answer but the form
// that comes back to who typed it, no byte of the store (mail/canary.mjs looks at those).

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decoded, read } from '../lib/markup.mjs';
import { finish, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, run, work } from '../lib/program.mjs';
import { ask, serve, until } from './server.mjs';
import { letters, makeKeys, subscribe } from './subscribers.mjs';

const HOST = 'baysideeducators.example';
const OTHER = 'night.example';
const FORM = 'application/x-www-form-urlencoded';
const program = join(dirname(breakroom), 'tests/serve/breakroom-with-postbox');
const ours = { 'Sec-Fetch-Site': 'same-origin' };
const later = (days) => new Date(Date.parse(AT) + days * 86_400_000).toISOString().replace('.000', '');

// Every client has an address of its own: how often one connection may send is another suite's business.
let clients = 0;
function client(server) {
    const call = async (method, path, { host = HOST, ...options } = {}) => {
        clients += 1;
        const answer = await ask(server, path, {
            method, host, ...options, localAddress: `127.${2 + (clients >> 12)}.${(clients >> 6) & 63}.${1 + (clients & 63)}`,
        });

        return { ...answer, text: answer.body.toString('utf8') };
    };

    return {
        get: (path, options) => call('GET', path, options),
        head: (path, options) => call('HEAD', path, options),
        // As our own form sends it.
        post: (path, fields, { headers = {}, ...more } = {}) => {
            const body = Buffer.isBuffer(fields) || typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();

            return call('POST', path, { body, headers: { 'Content-Type': FORM, 'Content-Length': Buffer.byteLength(body), ...ours, ...headers }, ...more });
        },
    };
}

const main = (answer) => /<main[^]*<\/main>/.exec(answer.text)[0];
const title = (answer) => decoded(/<h1>([^<]*)<\/h1>/.exec(answer.text)?.[1] ?? '');
const formOf = (answer) => {
    const { elements } = read(answer.text);
    const fields = {};
    const fault = (id) => decoded(new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(answer.text)?.[1] ?? '');

    for (const { tag, attributes: a } of elements) {
        if (a.type === 'radio' && 'checked' in a)
            fields[a.name] = a.value;
        if (tag === 'input' && a.type === 'text')
            fields[a.name] = a.value;
    }
    const faults = Object.fromEntries(elements.filter((e) => 'aria-invalid' in e.attributes).map((e) => {
        const id = e.attributes['aria-describedby'].split(' ').find((one) => one.startsWith('Fault-'));

        return [id.replace('Fault-', ''), fault(id)];
    }));

    return { fields, faults, action: elements.find((e) => e.tag === 'form')?.attributes.action };
};
// What a page of a person's own owes: nobody keeps it, nobody finds it, and it does not carry its address about.
function owes(answer, secret) {
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.match(answer.text, /<meta name="robots" content="noindex">/);
    assert.doesNotMatch(answer.text, /rel="canonical"|<script/);
    if (secret)
        for (const part of [/<head>[^]*<\/head>/.exec(answer.text)[0], /<footer>[^]*<\/footer>/.exec(answer.text)[0]])
            assert.ok(!part.includes(secret), 'its own address stands in head or foot');
}

// ---- the tests, for one engine ----

async function everything(engine, more) {
    const data = join(work, `data-${engine}`);
    const env = { POSTBOX: join(data, 'store/postbox'), POSTBOX_STATE: join(data, 'store/postbox-state') };
    const it = (what, body) => test(`${engine}: ${what}`, body);
    const load = (dir) => {
        const done = run(['load', dir, '--data', data, ...more, '--yes', '--at', AT]);

        assert.equal(done.status, 0, done.stderr);
    };
    const start = (at = AT, options = {}) => serve(['serve', '--data', data, ...more, '--listen', '127.0.0.1:0', '--at', at], { program, env, ...options });
    const said = [];
    const stop = async (server) => {
        assert.equal(await server.stop(), 0, server.stderr);
        said.push(server.stderr);
    };
    const box = () => letters(env.POSTBOX);
    const sql = (text) => execFileSync(engine === 'SQLite' ? 'python3' : 'psql', engine === 'SQLite'
        ? ['-c', 'import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print("|".join(str(x) for x in row))', join(data, 'store/store.sqlite'), text]
        : ['-XAtq', process.env.TEST_POSTGRES, '-c', text], { encoding: 'utf8' }).trim();

    load(demo);
    load(folder((dir) => {
        const ini = join(dir, 'campaign.ini');
        const text = readFileSync(ini, 'utf8').replaceAll(HOST, OTHER).replaceAll('Bayside Educators United', 'Night Shift')
            .replace('[audience press]', '[audience press]\ntakes_work_mail = yes');

        writeFileSync(ini, text);
    }));
    writeFileSync(env.POSTBOX_STATE, ' ');
    let server = await start();
    let c = client(server);
    const join_ = (address, options) => subscribe((path, fields) => c.post(path, fields), env.POSTBOX, address, options);

    await it('not open before there are keys: the page says so, nothing is taken, nobody is sent there', async () => {
        const page = await c.get('/subscribe');
        const es = await c.get('/es/subscribe');
        const sent = await c.post('/subscribe', { address: 'early@home.example', audience: 'parents', lang: 'en' });

        assert.equal(page.status, 200);
        assert.equal(title(page), 'Sign-up is not open yet');
        assert.equal(title(es), 'La inscripción todavía no está abierta');
        assert.equal(formOf(page).action, undefined);
        assert.equal(sent.status, 503);
        assert.equal(title(sent), 'Sign-up is not open yet');
        assert.equal(box().length, 0);
        for (const path of ['/', '/es/', '/news/2026-04-24-memo', '/privacy'])
            assert.doesNotMatch((await c.get(path)).text, /href="[^"]*\/subscribe"/, path);
        assert.equal((await c.get('/leave/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).status, 404);
        assert.equal((await c.get('/subscribe/confirm/abc')).status, 404);
    });

    await makeKeys(data, ...more, '--campaign', HOST);

    await it('open as soon as there are: one quiet link on the front page, on newsletters and in every foot', async () => {
        await until('the link', async () => /href="\/subscribe"/.test((await c.get('/')).text));
        const count = async (path, href) => ((await c.get(path)).text.match(new RegExp(`href="${href}"`, 'g')) ?? []).length;

        assert.equal(await count('/', '/subscribe'), 2);
        assert.equal(await count('/es/', '/es/subscribe'), 2);
        assert.equal(await count('/news/2026-04-24-memo', '/subscribe'), 2);
        assert.equal(await count('/es/news/2026-04-24-memo', '/es/subscribe'), 2);
        assert.equal(await count('/faq/', '/subscribe'), 1);
        assert.equal((await c.get('/', { host: OTHER })).text.includes('/subscribe'), false, 'another campaign has no keys');
        assert.equal(run(['build', demo, join(work, `site-${engine}`), '--at', AT]).status, 0);
        assert.doesNotMatch(readFileSync(join(work, `site-${engine}`, 'index.html'), 'utf8'), /subscribe/);
    });

    await makeKeys(data, ...more, '--campaign', OTHER);

    // ---- happy ----

    await it('the form says whom letters are for and what becomes of an address; nobody keeps it', async () => {
        const page = await c.get('/subscribe');
        const es = await c.get('/es/subscribe');

        assert.equal(page.status, 200);
        assert.equal(page.headers['cache-control'], 'no-store');
        assert.doesNotMatch(main(page), /novalidate| required|maxlength|type="email"|<script/);
        for (const words of ['Teachers and counselors at Bayside', 'Each newsletter, when we meet, and what the law lets you do at work.', 'Reporters', 'sealed', 'href="/privacy"'])
            assert.ok(main(page).includes(words), words);
        for (const words of ['Maestros y consejeros de Bayside', 'sellad', 'href="/es/privacy"'])
            assert.ok(main(es).includes(words), words);
        assert.deepEqual(formOf(page).fields, { address: '', workplace: '', lang: 'en' });
        assert.deepEqual(formOf(es).fields, { address: '', workplace: '', lang: 'es' });
        assert.equal(formOf(es).action, '/es/subscribe');
        assert.equal((await c.get('/en/subscribe')).status, 404);
    });

    await it('from the form to the list: one letter in both languages, a button, and a page of one\'s own', async () => {
        const before = box().length;
        const sent = await c.post('/es/subscribe', { address: '  Rosa.Diaz+letters@Bücher.example ', audience: 'educators', workplace: 'Canary High', lang: 'es' });

        assert.equal(sent.status, 303);
        assert.equal(sent.headers.location, '/es/subscribe/sent');
        assert.equal(sent.headers['cache-control'], 'no-store');
        const look = await c.get('/es/subscribe/sent');

        assert.equal(title(look), 'Por favor, mire su correo');
        assert.equal(box().length, before + 1);
        const letter = box().at(-1);

        assert.equal(letter.to, 'Rosa.Diaz+letters@xn--bcher-kva.example');
        assert.match(letter.from, /^"?Bayside Educators United"? <news@baysideeducators\.example>$/);
        assert.equal(letter.subject, 'Confirme su dirección, por favor');
        assert.equal(letter.headers['auto-submitted'], 'auto-generated');
        assert.equal(letter.headers['reply-to'], '<hello@baysideeducators.example>');
        assert.equal(letter.headers['list-unsubscribe'], undefined);
        assert.deepEqual(letter.paths.map((path) => path.replace(/[\w-]{100,}/, 'TOKEN')), ['/es/subscribe/confirm/TOKEN', '/subscribe/confirm/TOKEN']);
        assert.match(letter.text, /pidió recibir en esta dirección[^]*Somebody, we hope it was you/);
        assert.match(letter.text, /hasta el 8 de diciembre de 2026[^]*until December 8, 2026/);
        assert.deepEqual([...letter.html.matchAll(/href="([^"]+)"/g)].map((m) => m[1]), letter.links);
        assert.doesNotMatch(letter.raw, /Rosa[^]*Rosa|Canary/, 'the address stands once, and the workplace nowhere');
        assert.ok(letter.paths[0].length < 1600);

        for (let i = 0; i < 10; i++) { // as programs do that look at every link
            assert.equal((await c.get(letter.paths[0])).status, 200);
            assert.equal((await c.head(letter.paths[1])).status, 200);
        }
        assert.equal(sql('SELECT count(*) FROM subscriber'), '0', 'a look stores nothing');
        const button = await c.get(letter.paths[0]);

        owes(button);
        assert.equal(title(button), 'Solo falta un clic');
        assert.equal(formOf(button).action, letter.paths[0]);
        const confirmed = await c.post(letter.paths[0], '');

        assert.equal(confirmed.status, 303);
        const own = await c.get(confirmed.headers.location);

        owes(own, confirmed.headers.location.slice(16, 50));
        assert.match(main(own), /Ya está en la lista\. ¡Gracias!/);
        assert.deepEqual(formOf(own).fields, { audience: 'educators', often: 'every', lang: 'es' });
        assert.doesNotMatch(own.text, /Rosa|cher|Canary/, 'what is sealed cannot be shown');
        assert.equal(sql('SELECT state, lang, audience, often, import_no FROM subscriber'), '1|es|educators|1|0');
        // Once more, and many times at once: it is done already.
        const again = await Promise.all(Array.from({ length: 10 }, () => c.post(letter.paths[1], '')));

        assert.ok(again.every((answer) => answer.status === 303));
        assert.equal(new Set(again.map((answer) => answer.headers.location.replace('/es/', '/'))).size, 1);
        assert.equal((await c.get(letter.paths[0])).status, 303, 'the button is not needed any more');
        assert.equal(sql('SELECT count(*) FROM subscriber'), '1');
    });

    await it('twenty buttons pressed at the same moment store one person', async () => {
        const sent = await c.post('/subscribe', { address: 'atonce@home.example', audience: 'parents', lang: 'en' });
        const [path] = box().at(-1).paths;
        const all = await Promise.all(Array.from({ length: 20 }, () => c.post(path, '')));

        assert.equal(sent.status, 303);
        assert.deepEqual([...new Set(all.map((answer) => answer.status))], [303]);
        assert.equal(sql('SELECT count(*) FROM subscriber'), '2');
    });

    await it('the same answer whether an address is on the list or not', async () => {
        const known = await c.post('/subscribe', { address: 'atonce@home.example', audience: 'parents', lang: 'en' });
        const unknown = await c.post('/subscribe', { address: 'unknown@home.example', audience: 'parents', lang: 'en' });
        const plain = ({ status, headers: { date, ...headers }, text }) => ({ status, headers, text });

        assert.deepEqual(plain(known), plain(unknown));
        assert.equal(box().at(-2).to, 'atonce@home.example');
    });

    await it('a workplace is kept only for those who are asked for it, and a campaign asks in its own words', async () => {
        const { token } = await join_('parent@home.example', { audience: 'parents', workplace: 'CANARYPLACE' });

        assert.ok(token.length > 1000);
        assert.equal((await c.post('/subscribe', { address: 'p@home.example', audience: 'parents', lang: 'en' })).status, 303, 'a field that is left out is empty');
        // As long as one can be, beside an address as long as one can be, it would fit into no link: so it is not in there.
        const longest = `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'e'.repeat(55)}.example`;

        assert.equal((await c.post('/subscribe', { address: longest, audience: 'parents', workplace: '𝔸'.repeat(80), lang: 'en' })).status, 303);
        assert.match((await c.get('/subscribe', { host: OTHER })).text, /Night Shift/);
    });

    // ---- what is refused ----

    await it('every fault at once, at its field, and what was typed stays; nothing is sent', async () => {
        const before = box().length;
        const back = await c.post('/subscribe', { address: 'rosa at home', audience: 'nobody', workplace: 'x'.repeat(81), lang: '' });

        assert.equal(back.status, 422);
        assert.deepEqual(formOf(back).faults, {
            address: 'This is not a mail address we can write to. It looks like name@provider.org.',
            audience: 'Please choose one of the answers shown for “Which of these fits you best?”.',
            workplace: '“Your school or workplace” may have 80 characters: please take out one.',
            lang: 'Please choose an answer for “In which language?”.',
        });
        assert.equal(formOf(back).fields.address, 'rosa at home');
        const none = await c.post('/es/subscribe', { address: '', audience: '', workplace: '', lang: '' });

        assert.deepEqual(formOf(none).faults, {
            address: 'Rellene “Su dirección de correo”.',
            audience: 'Elija una respuesta para “¿Cuál de estos grupos es el suyo?”.',
            lang: 'Elija una respuesta para “¿En qué idioma?”.',
        });
        assert.equal(box().length, before);
    });

    await it('hostile addresses: refused with words, never a header, never a letter', async () => {
        const before = box().length;
        const fields = (address) => `address=${address}&audience=parents&workplace=&lang=en`;
        const hostile = [
            'rosa%40home.example%0D%0ABcc%3A%20all%40home.example', 'rosa%40home.example%0ABcc%3A%20x', 'rosa%0D%0A%40home.example', 'rosa%40home.example%00', '%00', '%00rosa%40home.example',
            '%22rosa%40home%22%40home.example', '%22%5C%22%40x%22%40home.example', 'rosa%40home.example%3E', '%3Crosa%40home.example%3E', 'rosa%40home.example%2Ckim%40home.example',
            'rosa%40home.example%3Bkim%40home.example', 'rosa%40%5B127.0.0.1%5D', 'rosa%40127.0.0.1.', 'rosa%40home', 'rosa%40', '%40home.example', 'rosa%40%40home.example', 'rosa%40-home.example', 'rosa%40home..example',
            '.rosa%40home.example', 'rosa.%40home.example', 'ro..sa%40home.example', 'ro%20sa%40home.example', 'rosa%40ho%20me.example', 'rosa%40home.example%20x', '%E2%80%AErosa%40home.example',
            'rosa%40home%E3%80%82example%2F', 'rosa%40xn--a.example', '%24%7BIFS%7Drosa%40home.example%60id%60', `${'a'.repeat(65)}%40home.example`,
            `rosa%40${'a'.repeat(64)}.example`, `rosa%40${`${'a'.repeat(60)}.`.repeat(5)}example`, `${'a'.repeat(300)}%40home.example`, 'a'.repeat(400), 'a'.repeat(5000), 'rosa%FF%40home.example', 'rosa%40home.example%C3',
        ];

        for (const address of hostile) {
            const back = await c.post('/subscribe', fields(address));

            assert.equal(back.status, 422, address);
            assert.ok(formOf(back).faults.address, address);
            assert.doesNotMatch(back.text, /<script|<img/);
        }
        const foreign = await c.post('/subscribe', { address: 'josé@home.example', audience: 'parents', lang: 'en' });

        assert.equal(formOf(foreign).faults.address, 'Before the @ only the letters a to z, digits and a few signs can be used: not every mail server takes other letters. Please give another address of yours.');
        assert.equal(box().length, before, 'letters went out');
        const markup = await c.post('/subscribe', { address: '"><script>alert(1)</script>@x', audience: '"><b>', workplace: '</textarea><img src=x>', lang: 'en' });

        assert.equal(markup.status, 422);
        assert.doesNotMatch(markup.text, /<script|<img|<b>"/);
        assert.equal(decoded(formOf(markup).fields.address), '"><script>alert(1)</script>@x');
    });

    await it('odd addresses that are addresses get their letter, and one recipient', async () => {
        for (const [address, to] of [["!#$%&'*+-/=?^_`{|}~@home.example", "!#$%&'*+-/=?^_`{|}~@home.example"], ['ROSA@HOME.EXAMPLE', 'ROSA@home.example'], ['rosa@ｗｉｄｅ.example', 'rosa@wide.example'], ['-rosa@home.example', '-rosa@home.example'], ['zero@ho\u200Bme.example', 'zero@home.example'], [`${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(55)}.example`, `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(55)}.example`]]) {
            assert.equal((await c.post('/subscribe', { address, audience: 'educators', workplace: 'Z'.repeat(80), lang: 'en' })).status, 303, address);
            assert.equal(box().at(-1).to, to);
            assert.equal((box().at(-1).raw.match(/^(To|Cc|Bcc):/gmi) ?? []).length, 1);
            assert.equal((await c.get(box().at(-1).paths[0])).status, 200, 'its link is taken whole');
        }
        const long = await c.post('/subscribe', { address: `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(55)}.example`, audience: 'educators', workplace: '𝔸'.repeat(80), lang: 'en' });

        assert.equal(long.status, 422);
        assert.deepEqual(Object.keys(formOf(long).faults), ['workplace']);
    });

    await it('the employer\'s mail, and what looks like it, is turned down kindly before any letter', async () => {
        const before = box().length;

        for (const [address, words] of [
            ['rosa@baysidecharter.example', /^“baysidecharter\.example” is the employer’s mail\. .*Please give a private address/],
            ['rosa+x@mail.baysidecharter.example', /^“mail\.baysidecharter\.example” is the employer’s mail/],
            ['rosa@bayside-charter.example', /^“bayside-charter\.example” looks very much like the employer’s mail.*write to us at hello@baysideeducators\.example/],
            ['rosa@baysidechartr.example', /looks very much like/],
            ['rosa@bаysidecharter.example', /^“bаysidecharter\.example” looks very much like/],
        ]) {
            const back = await c.post('/subscribe', { address, audience: 'press', lang: 'en' });

            assert.equal(back.status, 422, address);
            assert.match(formOf(back).faults.address, words);
            assert.equal(decoded(formOf(back).fields.address), address);
        }
        const es = await c.post('/es/subscribe', { address: 'rosa@baysidecharter.example', audience: 'educators', lang: 'es' });

        assert.match(formOf(es).faults.address, /^«baysidecharter\.example» es el correo del empleador\./);
        assert.equal(box().length, before);
        const press = await c.post('/subscribe', { address: 'office@baysidecharter.example', audience: 'press', lang: 'en' }, { host: OTHER });
        const staff = await c.post('/subscribe', { address: 'rosa@baysidecharter.example', audience: 'educators', lang: 'en' }, { host: OTHER });

        assert.equal(press.status, 303, 'an audience that takes work mail');
        assert.equal(staff.status, 422, 'and the others of the same campaign');
        assert.equal(box().length, before + 1);
    });

    await it('not allowed: from another site; no form of ours; too large; too often from one connection', async () => {
        const good = { address: 'cross@home.example', audience: 'parents', lang: 'en' };
        const before = box().length;

        for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'none' }, { 'Sec-Fetch-Site': undefined, Origin: 'https://evil.example' }])
            assert.equal((await c.post('/subscribe', good, { headers: JSON.parse(JSON.stringify({ 'Sec-Fetch-Site': 'cross-site', ...headers })) })).status, 403);
        assert.equal((await c.post('/subscribe', { ...good, more: '1' })).status, 400);
        assert.equal((await c.post('/subscribe', 'address=a&address=b')).status, 400);
        assert.equal((await c.post('/subscribe', '{}', { headers: { 'Content-Type': 'application/json' } })).status, 415);
        assert.equal((await c.post('/subscribe', { ...good, workplace: 'x'.repeat(17_000) })).status, 413);
        assert.equal(box().length, before);
    });

    await it('a postbox that is full or closed: nothing is lost, and it does not count', async () => {
        const typed = { address: 'later@home.example', audience: 'press', workplace: '', lang: 'es' };

        for (const state of ['L', 'I', 'L', 'I']) {
            writeFileSync(env.POSTBOX_STATE, state);
            const back = await c.post('/subscribe', typed);

            assert.equal(back.status, 503);
            assert.match(main(back), /What you typed is still here/);
            assert.deepEqual(formOf(back).fields, typed);
            assert.deepEqual(formOf(back).faults, {});
        }
        writeFileSync(env.POSTBOX_STATE, ' ');
        for (let i = 0; i < 3; i++)
            assert.equal((await c.post('/subscribe', typed)).status, 303);
        assert.equal(box().filter((letter) => letter.to === typed.address).length, 3);
    });

    await it('three letters an hour to one mailbox, however it is written; everybody sees the same page', async () => {
        const forms = ['Victim@home.example', 'victim+1@home.example', 'v.i.c.t.i.m@home.example', 'victim@home.example', 'VICTIM+2@HOME.example', 'vic.tim@home.example'];

        for (const address of forms) {
            const sent = await c.post('/subscribe', { address, audience: 'parents', lang: 'en' });

            assert.deepEqual([sent.status, sent.headers.location], [303, '/subscribe/sent']);
        }
        assert.deepEqual(box().slice(-3).map((letter) => letter.to), forms.slice(0, 3));
    });

    // ---- links that are not ---

    await it('a confirmation that was changed, cut off or is another campaign\'s stores nothing', async () => {
        await c.post('/subscribe', { address: 'spoilt@home.example', audience: 'parents', lang: 'en' });
        const before = sql('SELECT count(*) FROM subscriber');
        const [path] = box().at(-1).paths;
        const token = path.split('/').at(-1);
        const at = (i) => `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;

        for (const bad of [...[0, 5, 7, 18, 50, 100, 700, token.length - 2].map(at), token.slice(0, -1), token.slice(0, 700), `${token}A`, `${token}=`, token.toLowerCase(), 'A', 'x'.repeat(1400)]) {
            const page = await c.get(`/subscribe/confirm/${bad}`);

            assert.equal(page.status, 404, bad.length);
            assert.equal(title(page), 'We cannot read this link');
            assert.match(main(page), /href="\/subscribe"/);
            assert.equal((await c.post(`/subscribe/confirm/${bad}`, '')).status, 404);
        }
        assert.equal((await c.post(path, '', { host: OTHER })).status, 404);
        assert.equal((await c.post(path, 'x=1')).status, 400);
        assert.equal((await c.post(path, '', { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status, 403);
        assert.equal((await c.get(`/en${path}`)).status, 404);
        assert.equal(sql('SELECT count(*) FROM subscriber'), before);
        assert.equal((await c.get(path)).status, 200);
    });

    // ---- leaving ----

    const nobody = 'A'.repeat(43);

    await it('leaving: a look changes nothing, the button leaves at once, another brings back', async () => {
        const { link } = await join_('leaver@home.example', { lang: 'es', audience: 'community' });
        const ask = await c.get(`/leave/${link}`);

        owes(ask, link);
        assert.equal(ask.headers['content-language'], 'es', 'the record\'s language, where the address names none');
        assert.equal(title(ask), 'Darse de baja');
        assert.equal((await c.get(`/en/leave/${link}`)).headers['content-language'], 'en');
        assert.equal((await c.get(`/es/leave/${link}`)).headers['content-language'], 'es');
        for (let i = 0; i < 5; i++)
            await c.head(`/leave/${link}`);
        const gone = await c.post(`/leave/${link}`, { leave: 'yes' });

        assert.deepEqual([gone.status, gone.headers.location], [303, `/leave/${link}`]);
        const left = await c.get(`/en/leave/${link}`);

        assert.equal(title(left), 'You have left the list');
        assert.match(main(left), /Since December 1, 2026 no newsletter goes to you\.[^]*Until December 31, 2026 one click brings you back/);
        assert.equal(formOf(left).action, `/en/leave/${link}/undo`);
        for (const path of [`/preferences/${link}`, `/en/preferences/${link}`])
            assert.match(title(await c.get(path)), /You have left the list|Ya no está en la lista/);
        assert.equal((await c.post(`/leave/${link}`, { leave: 'yes' })).status, 303, 'again');
        const back = await c.post(`/en/leave/${link}/undo`, '');

        assert.deepEqual([back.status, back.headers.location], [303, `/en/preferences/${link}?done=back`]);
        assert.match(main(await c.get(back.headers.location)), /You are on the list again\. Welcome back!/);
        assert.equal((await c.post(`/en/leave/${link}/undo`, '')).status, 303, 'again');
        assert.equal((await c.post(`/leave/${link}/undo`, '', { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status, 403);
        assert.equal((await c.post(`/leave/${link}/undo`, 'x=1')).status, 400);
    });

    await it('leaving with one request of a mail program (RFC 8058): both encodings, from anywhere, no redirect, no cookie', async () => {
        const parts = (name, value) => `--b1\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b1--\r\n`;
        const multipart = { 'Content-Type': 'multipart/form-data; boundary=b1' };
        const foreign = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://mail.example', Cookie: 'a=b' };
        let n = 0;

        for (const [body, headers] of [
            ['List-Unsubscribe=One-Click', {}],
            ['List-Unsubscribe=One-Click', foreign],
            ['List-Unsubscribe=One-Click', { ...foreign, 'Content-Type': `${FORM}; charset=UTF-8` }],
            [parts('List-Unsubscribe', 'One-Click'), multipart],
            [parts('List-Unsubscribe', 'One-Click'), { ...multipart, ...foreign }],
        ]) {
            n += 1;
            const { link } = await join_(`oneclick${n}@home.example`);

            for (let again = 0; again < 3; again++) {
                const answer = await c.post(`/leave/${link}`, body, { headers });

                assert.equal(answer.status, 200, body);
                assert.equal(answer.headers.location, undefined);
                assert.equal(answer.headers['set-cookie'], undefined);
                assert.equal(title(answer), 'You have left the list');
            }
            assert.equal(title(await c.get(`/leave/${link}`)), 'You have left the list');
        }
        const { link } = await join_('stays@home.example');

        for (const [status, body, headers] of [
            [400, 'List-Unsubscribe=', {}], [400, 'List-Unsubscribe=Two-Clicks', {}], [400, '', {}], [400, 'leave=no', {}], [400, 'Subscribe=One-Click', {}],
            [400, 'List-Unsubscribe=One-Click&List-Unsubscribe=One-Click', {}], [415, 'List-Unsubscribe=One-Click', { 'Content-Type': 'text/plain' }],
            [400, parts('List-Unsubscribe', 'One-Click'), { 'Content-Type': 'multipart/form-data' }], [413, `List-Unsubscribe=One-Click&x=${'x'.repeat(4100)}`, {}],
        ])
            assert.equal((await c.post(`/leave/${link}`, body, { headers })).status, status, `${body.slice(0, 60)} ${status}`);
        assert.equal(title(await c.get(`/leave/${link}`)), 'Leave the list', 'none of these left');
    });

    await it('no link of ours: a kind page, in both ways of leaving; nothing is told apart', async () => {
        const { link } = await join_('mine@home.example');
        const swapped = `${link.slice(0, 20)}${link[20] === 'A' ? 'B' : 'A'}${link.slice(21)}`;

        for (const bad of [nobody, swapped, link.slice(0, -1), `${link}A`, 'x', link.toUpperCase()]) {
            for (const answer of [await c.get(`/leave/${bad}`), await c.post(`/leave/${bad}`, { leave: 'yes' }), await c.post(`/leave/${bad}`, 'List-Unsubscribe=One-Click'),
                await c.get(`/preferences/${bad}`), await c.post(`/preferences/${bad}`, { audience: 'press', often: 'every', lang: 'en' }), await c.get(`/preferences/${bad}/delete`), await c.post(`/preferences/${bad}/delete`, ''), await c.post(`/leave/${bad}/undo`, '')]) {
                assert.equal(answer.status, 404, bad);
                assert.equal(title(answer), 'We cannot read this link');
                assert.match(main(answer), /write to hello@baysideeducators\.example: one of us takes you off the list by hand/);
            }
        }
        assert.equal(title(await c.get(`/es/leave/${nobody}`)), 'No podemos leer este enlace');
        assert.equal((await c.get(`/leave/${link}`, { host: OTHER })).status, 404, 'another campaign\'s');
        assert.equal((await c.post(`/leave/${link}`, 'List-Unsubscribe=One-Click', { host: OTHER })).status, 404);
        assert.equal(title(await c.get(`/leave/${link}`)), 'Leave the list');
    });

    // ---- wishes ----

    await it('wishes: audience, how often, language; the page follows, and so does what it speaks', async () => {
        const { link } = await join_('wishes@home.example');
        const page = await c.get(`/preferences/${link}`);

        owes(page, link);
        assert.deepEqual(formOf(page).fields, { audience: 'parents', often: 'every', lang: 'en' });
        const saved = await c.post(`/preferences/${link}`, { audience: 'press', often: 'important', lang: 'es' });

        assert.deepEqual([saved.status, saved.headers.location], [303, `/preferences/${link}?done=saved`]);
        const now = await c.get(saved.headers.location);

        assert.equal(now.headers['content-language'], 'es');
        assert.match(main(now), /Guardado\./);
        assert.deepEqual(formOf(now).fields, { audience: 'press', often: 'important', lang: 'es' });
        assert.equal((await c.post(`/preferences/${link}`, { audience: 'press', often: 'important', lang: 'es' })).status, 303, 'again');
        const back = await c.post(`/preferences/${link}`, { audience: 'nobody', often: '', lang: 'fr' });

        assert.equal(back.status, 422);
        assert.deepEqual(Object.keys(formOf(back).faults), ['audience', 'often', 'lang']);
        assert.equal((await c.post(`/preferences/${link}`, { audience: 'press', often: 'every', lang: 'en', more: '1' })).status, 400);
        assert.equal((await c.post(`/preferences/${link}`, { audience: 'press', often: 'every', lang: 'en' }, { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status, 403);
        assert.deepEqual(formOf(await c.get(`/preferences/${link}`)).fields, { audience: 'press', often: 'important', lang: 'es' });
        assert.doesNotMatch((await c.get(`/preferences/${link}?done=<b>x`)).text, /<b>x|role="status"/);
        await c.post(`/leave/${link}`, { leave: 'yes' });
        assert.equal(title(await c.post(`/preferences/${link}`, { audience: 'press', often: 'every', lang: 'en' })), 'Ya no está en la lista', 'who left has no wishes to save');
    });

    await it('deleting: asks once more, says what it means, and then there is nothing', async () => {
        const { link, letter } = await join_('deleted@home.example');
        const ask = await c.get(`/preferences/${link}/delete`);

        owes(ask, link);
        assert.equal(title(ask), 'Delete all about you?');
        assert.match(main(ask), /nothing here knows any more that you want no letters/);
        assert.equal(title(await c.get(`/preferences/${link}`)), 'Your newsletter', 'a look deletes nothing');
        assert.equal((await c.post(`/preferences/${link}/delete`, '', { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status, 403);
        assert.equal((await c.post(`/preferences/${link}/delete`, 'x=1')).status, 400);
        const count = Number(sql('SELECT count(*) FROM subscriber'));

        for (let again = 0; again < 2; again++) {
            const done = await c.post(`/preferences/${link}/delete`, '');

            assert.deepEqual([done.status, done.headers.location], [303, `/en/leave/${link}`]);
            assert.equal(Number(sql('SELECT count(*) FROM subscriber')), count - 1);
        }
        for (const path of [`/leave/${link}`, `/preferences/${link}`, `/preferences/${link}/delete`])
            assert.equal(title(await c.get(path)), 'There is nothing about you here');
        for (const body of ['leave=yes', 'List-Unsubscribe=One-Click']) {
            const answer = await c.post(`/leave/${link}`, body);

            assert.deepEqual([answer.status, title(answer)], [200, 'There is nothing about you here']);
        }
        assert.equal((await c.get(letter.paths[0])).status, 200, 'who asked for it may come back with the same letter');
    });

    // ---- restarts, and time ----

    await it('killed after it answered: who was told that they are on the list is', async () => {
        const { link } = await join_('durable@home.example');

        server.kill('SIGKILL');
        await server.ended;
        said.push(server.stderr);
        server = await start(later(6.9));
        c = client(server);
        assert.equal(title(await c.get(`/leave/${link}`)), 'Leave the list');
        const waiting = box().find((letter) => letter.to === 'spoilt@home.example').paths[0];

        assert.equal((await c.get(waiting)).status, 200, 'a confirmation outlives a restart');
        await stop(server);
        server = await start(later(7.1));
        c = client(server);
        const ended = await c.get(waiting);

        assert.deepEqual([ended.status, title(ended)], [410, 'This link has ended']);
        assert.equal((await c.post(waiting, '')).status, 410);
        assert.equal(Number(sql("SELECT count(*) FROM subscriber WHERE state = 1")) > 0, true);
    });

    await it('thirty days to undo, and never an end to leaving', async () => {
        const { link } = await join_('thirty@home.example');

        await c.post(`/leave/${link}`, { leave: 'yes' });
        await stop(server);
        server = await start(later(7.1 + 30));
        c = client(server);
        assert.equal(formOf(await c.get(`/leave/${link}`)).action, `/leave/${link}/undo`);
        await stop(server);
        server = await start(later(7.1 + 31));
        c = client(server);
        const late = await c.get(`/leave/${link}`);

        assert.equal(formOf(late).action, undefined);
        assert.match(main(late), /subscribe again[^]*href="\/subscribe"/i);
        const undo = await c.post(`/leave/${link}/undo`, '');

        assert.deepEqual([undo.status, title(undo)], [200, 'You have left the list']);
        await stop(server);
        server = await start(later(3650));
        c = client(server);
        assert.equal((await c.post(`/leave/${link}`, 'List-Unsubscribe=One-Click')).status, 200);
    });

    await it('who confirmed, left and clicks the old letter stays away until they say otherwise', async () => {
        const { link, letter } = await join_('stale@home.example');

        await c.post(`/leave/${link}`, { leave: 'yes' });
        const again = await c.post(letter.paths[0], '');

        assert.equal(again.status, 303);
        assert.equal(title(await c.get(again.headers.location)), 'You have left the list');
    });

    // ---- settings, and what is said ----

    await stop(server);
    writeFileSync(join(data, 'server.ini'), 'confirmations_a_person = 1\nconfirmations_a_campaign = 5\n');
    server = await start();
    c = client(server);

    await it('a campaign\'s letters of an hour: the same page, no letter, one alarm and a line of status', async () => {
        const before = box().length;

        for (let i = 0; i < 9; i++) {
            const sent = await c.post('/subscribe', { address: `flood${i}@home.example`, audience: 'parents', lang: 'en' });

            assert.deepEqual([sent.status, sent.headers.location], [303, '/subscribe/sent']);
        }
        assert.equal(box().length, before + 5);
        await c.post('/subscribe', { address: 'flood1@home.example', audience: 'parents', lang: 'en' });
        assert.equal(box().length, before + 5, 'and one a person');
        assert.equal((await c.post('/subscribe', { address: 'flood1@home.example', audience: 'parents', lang: 'en' }, { host: OTHER })).status, 303);
        const status = run(['status', '--data', data]).stdout;

        assert.match(status, /^sign-up baysideeducators\.example: 5 confirmation letters in the last hour, of at most 5; LIMIT REACHED, 4 not written since 2026-12-01T12:0\d:\d\dZ$/m);
        assert.match(status, /last faults:\n(.*\n)*.*subscribe\.limit_reached fault=ours request=\w+ campaign=1/);
        assert.equal(server.stderr.match(/subscribe\.limit_reached/g).length, 1);
    });

    await stop(server);

    await it('no event has an address in it, nor anything that was typed', () => {
        const all = said.join('');

        assert.match(all, /core\.ready/);
        assert.doesNotMatch(all, /@|home\.example|rosa|victim|canary|Harbor|subscribe\/confirm|[\w-]{43}/i);
    });
}

await everything('SQLite', []);
if (process.env.TEST_POSTGRES) {
    await everything('PostgreSQL', ['--db', process.env.TEST_POSTGRES]);

    // ---- copies on one database ----

    await test('PostgreSQL: copies that share the server\'s key read each other\'s links; with keys of their own they do not', async () => {
        const more = ['--db', process.env.TEST_POSTGRES, '--listen', '127.0.0.1:0', '--at', AT];
        const places = ['one', 'two', 'three'].map((name) => join(work, `copy-${name}`));
        const env = { POSTBOX: join(places[0], 'store/postbox') };
        const one = await serve(['serve', '--data', places[0], ...more], { program, env });

        execFileSync('mkdir', ['-m', '700', places[1]]);
        writeFileSync(join(places[1], 'server.ini'), `server_key = ${join(places[0], 'server.key')}\n`);
        const two = await serve(['serve', '--data', places[1], ...more], { program });
        const three = await serve(['serve', '--data', places[2], ...more], { program });
        const [a, b, c] = [one, two, three].map(client);
        const sent = await a.post('/subscribe', { address: 'copies@home.example', audience: 'parents', lang: 'en' });
        const [path] = letters(env.POSTBOX).at(-1).paths;

        assert.equal(sent.status, 303);
        assert.equal((await c.get(path)).status, 404);
        const confirmed = await b.post(path, '');

        assert.equal(confirmed.status, 303);
        assert.equal((await a.get(confirmed.headers.location)).status, 200);
        assert.equal((await c.get(confirmed.headers.location)).status, 404);
        for (const server of [one, two, three])
            assert.equal(await server.stop(), 0, server.stderr);
    });
}
finish();
