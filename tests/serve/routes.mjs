// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every route of the product, called in every wrong way (print_routes says which there are), and those of the guest book,
// which post and which nobody may have. A new route fails here until `samples` has an address and, for a POST, a body
// that it answers happily: then everything else follows from its row.
//
// What follows, in the order in which the server looks: the method; where a POST comes from; how large it is; who it is.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, run, work } from '../lib/program.mjs';
import { head, wire } from '../http/wire.mjs';
import { serve } from './server.mjs';
import { letters, makeKeys, subscribe } from './subscribers.mjs';

const HOST = 'baysideeducators.example';
const FORM = 'application/x-www-form-urlencoded';
const build = dirname(breakroom);
const note = 'name=Routes&email=&shift=day&place=yard&years=3&words=Words&agreed=yes';

// "METHOD PATH-OF-THE-ROW": where it answers happily, with what status and, of a POST, to which body; `alone` is the status
// where the product has nobody who carries letters. A row whose policy is not "everyone" answers nobody yet: its sample is
// only called, and is as if it were not there.
const samples = {
    'GET /': { path: '/', status: 200 },
    'GET /+path': { path: '/about', status: 200 },
    'GET /search': { path: '/search?q=memo', status: 200 },
    'GET /en/search': { path: '/en/search?q=memo', status: 404 }, // English stands first in the demo: /search
    'GET /es/search': { path: '/es/search?q=memo', status: 200 },
    'GET /rights/find': { path: '/rights/find', status: 200 },
    'GET /en/rights/find': { path: '/en/rights/find', status: 404 },
    'GET /es/rights/find': { path: '/es/rights/find', status: 200 },

    'GET /guestbook': { path: '/guestbook', status: 200 },
    'POST /guestbook': { path: '/guestbook', status: 303, body: note },
    'GET /es/guestbook': { path: '/es/guestbook', status: 200 },
    'POST /es/guestbook': { path: '/es/guestbook', status: 303, body: note },
    'POST /guestbook/leave/:name': { path: '/guestbook/leave/Nobody', status: 200, body: 'x=1' },
    'GET /guestbook/office': { path: '/guestbook/office' },
    'POST /guestbook/office': { path: '/guestbook/office', body: 'x=1' },
    'GET /guestbook/error': { path: '/guestbook/error?status=503', status: 503 },
    'GET /es/guestbook/error': { path: '/es/guestbook/error?status=503', status: 503 },
};

// Subscribing: the same in each language, but for English, which stands first in the demo and so has no prefix where the
// house's rule holds. Links are those of people who subscribed below.
const wish = 'address=routes%40home.example&audience=parents&workplace=&lang=en';
const wishes = 'audience=press&often=important&lang=en';

function subscribing(people) {
    for (const [prefix, none] of [['', false], ['/en', true], ['/es', false]]) {
        const house = (status, more = {}) => (none ? { status: 404 } : { status, ...more });

        Object.assign(samples, {
            [`GET ${prefix}/subscribe`]: { path: `${prefix}/subscribe`, ...house(200) },
            [`POST ${prefix}/subscribe`]: { path: `${prefix}/subscribe`, body: wish, ...house(303, { alone: 503 }) },
            [`GET ${prefix}/subscribe/sent`]: { path: `${prefix}/subscribe/sent`, ...house(200) },
            [`GET ${prefix}/subscribe/confirm/:token`]: { path: `${prefix}/subscribe/confirm/${people.asked.token}`, ...house(200) },
            [`POST ${prefix}/subscribe/confirm/:token`]: { path: `${prefix}/subscribe/confirm/${people.leaves.token}`, body: '', ...house(303) },
            [`GET ${prefix}/leave/:link`]: { path: `${prefix}/leave/${people.stays.link}`, status: 200 },
            [`POST ${prefix}/leave/:link`]: { path: `${prefix}/leave/${people.leaves.link}`, body: 'List-Unsubscribe=One-Click', status: 200 },
            [`POST ${prefix}/leave/:link/undo`]: { path: `${prefix}/leave/${people.leaves.link}/undo`, body: '', status: 303 },
            [`GET ${prefix}/preferences/:link`]: { path: `${prefix}/preferences/${people.stays.link}`, status: 200 },
            [`POST ${prefix}/preferences/:link`]: { path: `${prefix}/preferences/${people.stays.link}`, body: wishes, status: 303 },
            [`GET ${prefix}/preferences/:link/delete`]: { path: `${prefix}/preferences/${people.stays.link}/delete`, status: 200 },
            [`POST ${prefix}/preferences/:link/delete`]: { path: `${prefix}/preferences/${people.goes.link}/delete`, body: '', status: 303 },
        });
    }
}

const rows = execFileSync(join(build, 'tests/serve/print_routes'), { encoding: 'utf8' }).trim().split('\n').map((line) => {
    const [whose, method, path, who, csrf, rate, body] = line.split(' ');

    return { whose, method, path, who, csrf, rate, bodyMax: Number(body), key: `${method} ${path}` };
});
const methodsOf = (path) => rows.filter((row) => row.path === path).map((row) => row.method);

// Each client has an address of its own: what is asked here is not how often.
let clients = 0;
async function send(port, method, path, { body = '', headers = {}, host = HOST } = {}) {
    clients += 1;
    const w = wire(port, { from: `127.${2 + (clients >> 12)}.${(clients >> 6) & 63}.${1 + (clients & 63)}` });

    await w.send(head(`${method} ${path}`, { Host: host, ...headers }) + body);
    const answer = await w.answer({ head: method === 'HEAD' });

    w.end();
    return answer;
}

const typed = (body) => ({ 'Content-Type': FORM, 'Content-Length': body.length });
const ours = { 'Sec-Fetch-Site': 'same-origin' };

// What every answer owes, whatever it says.
function owes(answer, what) {
    assert.ok(answer, `${what}: no answer`);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', what);
    assert.match(answer.headers['content-security-policy'], /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/, what);
    assert.equal(answer.headers['referrer-policy'], 'same-origin', what);
    assert.equal(answer.headers['set-cookie'], undefined, what);
    if (answer.status >= 400 || answer.status === 303)
        assert.equal(answer.headers['cache-control'], 'no-store', what);
    if (answer.status >= 400 && answer.headers['content-type']?.startsWith('text/html'))
        assert.equal(answer.headers['content-language'], /^\S+ \/es[/ ?]/.test(what) ? 'es' : 'en', what);
}

function callsOf(row, sample, isAlone) {
    const calls = [];
    const add = (status, why, method, options) => calls.push({ status, why, method, options });
    const body = sample.body ?? 'x=1';
    const denied = row.who !== 'everyone';
    const happy = denied ? 404 : (isAlone && sample.alone) || sample.status;

    if (row.method === 'GET') {
        add(happy, 'as it should be', 'GET', {});
        add(happy, 'HEAD', 'HEAD', {});
        add(happy, 'from another site: a look is free', 'GET', { headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' } });
        add(happy, 'with a cookie and a password that nobody gave', 'GET', { headers: { Cookie: 'session=root; role=lead', Authorization: 'Basic cm9vdDpyb290' } });
        add(400, 'with a body', 'GET', { body: 'abc', headers: { 'Content-Length': 3 } });
        add(400, 'with a body in chunks', 'GET', { body: '3\r\nabc\r\n0\r\n\r\n', headers: { 'Transfer-Encoding': 'chunked' } });
        if (!methodsOf(row.path).includes('POST') && !rows.some((r) => r.method === 'POST' && r.path !== row.path && r.path === sample.path))
            add(405, 'POST', 'POST', { body, headers: { ...typed(body), ...ours } });
        add(404, 'for a host that nobody has', 'GET', { host: 'nobody.example' });
    } else {
        const origin = row.csrf === 'same-origin' ? 403 : happy;

        add(happy, 'as it should be', 'POST', { body, headers: { ...typed(body), ...ours } });
        add(origin, 'without a word of where it comes from', 'POST', { body, headers: typed(body) });
        add(origin, 'Origin: null', 'POST', { body, headers: { ...typed(body), Origin: 'null' } });
        for (const site of ['cross-site', 'same-site', 'none'])
            add(origin, `Sec-Fetch-Site: ${site}`, 'POST', { body, headers: { ...typed(body), 'Sec-Fetch-Site': site } });
        add(origin, 'from another site', 'POST', { body, headers: { ...typed(body), Origin: 'https://evil.example' } });
        add(origin, 'from another site that lies', 'POST', { body, headers: { ...typed(body), ...ours, Origin: 'https://evil.example' } });
        add(413, 'too large', 'POST', { body: 'x'.repeat(row.bodyMax + 1), headers: { ...typed('x'.repeat(row.bodyMax + 1)), ...ours } });
        add(400, 'of two lengths', 'POST', { body, headers: { ...typed(body), 'content-length': body.length + 1, ...ours } });
        add(404, 'for a host that nobody has', 'POST', { body, headers: { ...typed(body), ...ours }, host: 'nobody.example' });
        if (!methodsOf(row.path).includes('GET'))
            add(404, 'GET: the page that is not there', 'GET', {});
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'get', 'X'])
        add(405, method, method, {});
    add(204, 'OPTIONS', 'OPTIONS', {});
    return calls;
}

async function everyRow(server, whose, isAlone = false) {
    for (const row of rows.filter((r) => r.whose === whose)) {
        await test(`${row.key}: ${row.who}`, async () => {
            const sample = samples[row.key];

            assert.ok(sample, `tests/serve/routes.mjs knows no address for ${row.key}: add one to its table`);
            assert.ok(row.who !== 'everyone' || sample.status, `${row.key}: what does it answer?`);
            assert.ok(row.method === 'GET' || sample.body !== undefined, `${row.key}: which body does it take?`);
            for (const { status, why, method, options } of callsOf(row, sample, isAlone)) {
                const what = `${method} ${sample.path} (${why})`;
                const answer = await send(server.port, method, sample.path, options);

                owes(answer, what);
                assert.equal(answer.status, status, what);
                if (status === 405)
                    assert.match(answer.headers.allow, /OPTIONS/, what);
                if (method === 'HEAD')
                    assert.equal(answer.headers['content-length'], (await send(server.port, 'GET', sample.path)).headers['content-length'], what);
                if (row.who !== 'everyone' && status === 404 && method === 'GET')
                    assert.deepEqual(answer.body, (await send(server.port, 'GET', '/guestbook/nowhere', { host: options.host })).body, `${what}: told from what is not there`);
            }
        });
    }
}

// ---- the product alone, then with the guest book ----

const data = join(work, 'data');

assert.equal(run(['load', demo, '--data', data, '--yes', '--at', AT]).status, 0);
const args = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--at', AT];

await test('the product has routes, and none that only tests should have', () => {
    const product = rows.filter((row) => row.whose === 'product');

    assert.ok(product.length >= 2 && product.every((row) => !row.path.includes('guestbook')));
    assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
    assert.ok(rows.every((row) => row.who !== 'nobody' && row.csrf !== 'unset'));
    assert.ok(rows.every((row) => row.method === 'GET' || (row.rate !== 'none' && row.bodyMax > 0)));
});

const env = { POSTBOX: join(data, 'store/postbox') };

await makeKeys(data);
let server = await serve(args, { program: join(build, 'tests/serve/breakroom-with-postbox'), env });

await test('people subscribe whose links the rows below are called with', async () => {
    const post = (path, fields) => {
        const body = new URLSearchParams(fields).toString();

        return send(server.port, 'POST', path, { body, headers: { ...typed(body), ...ours } });
    };
    const people = {};

    for (const name of ['stays', 'leaves', 'goes'])
        people[name] = await subscribe(post, env.POSTBOX, `${name}@home.example`);
    assert.equal((await post('/subscribe', { address: 'asked@home.example', audience: 'press', lang: 'en' })).status, 303);
    people.asked = { token: letters(env.POSTBOX).at(-1).paths[0].split('/').at(-1) };
    subscribing(people);
});
await everyRow(server, 'product');
assert.equal(await server.stop(), 0, server.stderr);

server = await serve(args);
await test('the guest book is not in the product', async () => {
    assert.equal((await send(server.port, 'GET', '/guestbook')).status, 404);
    assert.equal((await send(server.port, 'POST', '/guestbook', { body: note, headers: { ...typed(note), ...ours } })).status, 405);
});
assert.equal(await server.stop(), 0, server.stderr);

server = await serve(args, { program: join(build, 'tests/serve/breakroom-with-guestbook') });
await everyRow(server, 'product', true);
await everyRow(server, 'guestbook');

// ---- the page of every error ----

const errors = {
    400: 'We could not read that', 403: 'That did not come from a page of this site', 404: 'This page is not here',
    405: 'Nothing can be sent to this address', 413: 'That is too large', 414: 'This address is too long',
    415: 'We cannot read that kind of form', 418: 'We could not read that', 422: 'Something in the form is missing or wrong',
    429: 'Please wait a minute', 431: 'Your browser sent too much', 500: 'Something went wrong on our side',
    501: 'Something went wrong on our side', 503: 'Please try again in a moment',
};
const titleOf = (answer) => /<h1>([^<]*)<\/h1>/.exec(answer.text)?.[1];

for (const [status, title] of Object.entries(errors)) {
    await test(`the page for ${status}, in both languages, kept by nobody`, async () => {
        const en = await send(server.port, 'GET', `/guestbook/error?status=${status}`);
        const es = await send(server.port, 'GET', `/es/guestbook/error?status=${status}`);
        const bare = await send(server.port, 'HEAD', `/es/guestbook/error?status=${status}`);

        for (const [answer, lang] of [[en, 'en'], [es, 'es'], [bare, 'es']]) {
            assert.equal(answer.status, Number(status));
            assert.equal(answer.headers['cache-control'], 'no-store');
            assert.equal(answer.headers['content-language'], lang);
            assert.equal(answer.headers.etag, undefined);
            assert.equal(answer.headers['retry-after'], { 429: '60', 503: '5' }[status]);
        }
        assert.equal(titleOf(en), title);
        assert.notEqual(titleOf(es), title);
        assert.match(en.text, /<html lang="en">[^]*<meta name="robots" content="noindex">/);
        assert.match(es.text, /<html lang="es">/);
        assert.equal(bare.body.length, 0);
        assert.equal(/give this number: \d+/.test(en.text), status >= 500);
        for (const answer of [en, es])
            assert.match(answer.text, /<ul class="contents">\n<li><a href="\/(es\/)?">/, 'a way on');
    });
}

await test('wrong in its own way: an address that is too long or cannot be read', async () => {
    const long = await send(server.port, 'GET', `/${'a'.repeat(3000)}`);
    const broken = await send(server.port, 'GET', '/about%zz');
    const nobody = await send(server.port, 'GET', '/about%zz', { host: 'nobody.example' });

    assert.deepEqual([long.status, titleOf(long)], [414, 'This address is too long']);
    assert.deepEqual([broken.status, titleOf(broken)], [400, 'We could not read that']);
    assert.equal(nobody.status, 400);
    assert.doesNotMatch(nobody.text, /bayside/i);
});

await test('a host that nobody has is told nothing, whatever it asks', async () => {
    for (const [method, path, options] of [['GET', '/'], ['GET', '/guestbook/error?status=500'], ['POST', '/guestbook', { body: note, headers: typed(note) }], ['PUT', '/']]) {
        const answer = await send(server.port, method, path, { ...options, host: 'nobody.example' });

        assert.equal(answer.status, 404);
        assert.equal(answer.text, 'Not found.\n');
        assert.equal(answer.headers['content-language'], undefined);
    }
});

assert.equal(await server.stop(), 0, server.stderr);
finish();
