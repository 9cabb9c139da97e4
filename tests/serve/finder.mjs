// SPDX-License-Identifier: AGPL-3.0-or-later
//
// "May I do this, here, now?" over HTTP. What each question must get is worked out here from the folder's own files, for
// every question there is and in both languages; then the cases that the demo has none of, and queries that no form sends.

import { strict as assert } from 'node:assert';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, demo, folder, put, run, tree, work } from '../lib/program.mjs';
import { decoded, read } from '../lib/markup.mjs';
import { ask, serve, text } from './server.mjs';

const LOCAL = ['--listen', '127.0.0.1:0'];
const PARTS = ['activity', 'place', 'time'];
const VERDICTS = {
    en: { yes: 'Yes', no: 'No', depends: 'It depends', none: 'No rule found: ask us', conflict: 'Our rules disagree: ask us' },
    es: { yes: 'Sí', no: 'No', depends: 'Depende', none: 'No hay ninguna regla: pregúntenos', conflict: 'Nuestras reglas no coinciden: pregúntenos' },
};
const BASE = { en: '/rights/find', es: '/es/rights/find' };
const CONTACT = 'mailto:hello@baysideeducators.example';

async function withServer(dir, body, at = AT) {
    const server = await serve(['demo', dir, ...LOCAL, '--at', at]);

    try {
        await body(server);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
}

const address = (lang, question) => {
    const query = PARTS.filter((part) => question[part]).map((part) => `${part}=${question[part]}`).join('&');

    return BASE[lang] + (query && `?${query}`);
};

// What a page says: { verdict, keys of the answers in order, options by part, chosen by part, links, html }.
function page(html) {
    const { elements } = read(html);
    const selects = Object.fromEntries(PARTS.map((part) => {
        const from = elements.findIndex((e) => e.tag === 'select' && e.attributes.name === part);
        const options = [];

        for (let i = from + 1; from >= 0 && elements[i].tag === 'option'; i++)
            options.push(elements[i].attributes);
        return [part, options];
    }));

    return {
        html,
        verdict: decoded(/<h1 class="found">.*<strong>(.*?)<\/strong><\/h1>/.exec(html)?.[1] ?? ''),
        keys: elements.filter((e) => e.tag === 'section' && e.attributes.class === 'answer').map((e) => e.attributes.id),
        table: elements.filter((e) => e.tag === 'a' && /\/rights\/find\?/.test(e.attributes.href) && !e.attributes.hreflang).map((e) => e.attributes.href),
        options: Object.fromEntries(PARTS.map((part) => [part, selects[part].map((o) => o.value).filter(Boolean)])),
        chosen: Object.fromEntries(PARTS.map((part) => [part, selects[part].find((o) => 'selected' in o)?.value ?? ''])),
        links: elements.filter((e) => e.tag === 'a').map((e) => e.attributes),
    };
}

const get = async (server, path) => page(await text(server, path));

// ---- the folder, read by other means ----

const front = (file) => Object.fromEntries(readFileSync(file, 'utf8').split('---\n')[1].trim().split('\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));

const keyOf = (words) => words.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');

const rights = readdirSync(join(demo, 'rights')).filter((name) => !name.endsWith('.es.md')).map((name) => {
    const fields = front(join(demo, 'rights', name));

    return {
        ...fields, key: name.slice(0, -3), asks: Object.fromEntries(PARTS.map((part) => [part, keyOf(fields[part])])),
        es: front(join(demo, 'rights', name.replace('.md', '.es.md'))),
    };
}).sort((a, b) => a.order - b.order);

const fits = (right, question) => PARTS.every((part) => !question[part] || right.asks[part] === question[part]
    || (part === 'place' && right.everywhere === 'yes') || (part === 'time' && right.always === 'yes'));

const all = Object.fromEntries(PARTS.map((part) => [part, [...new Set(rights.map((right) => right.asks[part]))]]));

await test('every whole question of the demo, in both languages: the answer of the files, or none', async () => {
    await withServer(demo, async (server) => {
        let answered = 0;

        for (const activity of all.activity)
            for (const place of all.place)
                for (const time of all.time)
                    for (const lang of ['en', 'es']) {
                        const question = { activity, place, time };
                        const at = address(lang, question);
                        const fit = rights.filter((right) => fits(right, question));
                        const got = await get(server, at);

                        assert.deepEqual(got.keys, fit.map((right) => right.key), at);
                        assert.equal(got.verdict, VERDICTS[lang][fit.length ? fit[0].answer : 'none'], at);
                        assert.deepEqual(got.chosen, question, at);
                        answered += fit.length;
                        for (const right of fit) {
                            const words = lang === 'es' ? right.es : right;

                            for (const said of [words.law, words.holder, words.breaks, words.title])
                                assert.ok(decoded(got.html).includes(said), `${at}: “${said}” is missing`);
                            assert.ok(got.html.includes(`<time datetime="${right.reviewed}">`), at);
                        }
                        assert.ok(got.links.some((a) => a.href === CONTACT && (fit.length > 0 || a.class === 'button')), at);
                    }
        assert.ok(answered > 20);
    });
});

await test('part of a question: all that fits, what is missing, and no verdict', async () => {
    await withServer(demo, async (server) => {
        for (const missing of [['place', 'time'], ['time'], ['activity'], ['activity', 'time']])
            for (const right of rights) {
                const question = Object.fromEntries(PARTS.map((part) => [part, missing.includes(part) ? '' : right.asks[part]]));
                const got = await get(server, address('en', question));
                const fit = rights.filter((r) => fits(r, question));

                assert.equal(got.verdict, '', JSON.stringify(question));
                assert.deepEqual(got.keys, []);
                assert.deepEqual(got.table, fit.map((r) => address('en', r.asks)));
                assert.deepEqual(PARTS.filter((part) => got.html.includes(`You have not said ${{ activity: 'what', place: 'where', time: 'when' }[part]}`)), missing.toSorted());
            }
    });
});

await test('nothing chosen: the form, in the words of the language, with the keys of the main one', async () => {
    await withServer(demo, async (server) => {
        for (const path of ['/rights/find', '/rights/find?activity=&place=&time=', '/rights/', '/es/rights/find', '/es/rights/']) {
            const answer = await ask(server, path);
            const got = page(answer.body.toString('utf8'));

            assert.equal(answer.status, 200, path);
            assert.deepEqual(Object.values(got.options).map((o) => o.toSorted()), Object.values(all).map((o) => o.toSorted()), path);
            assert.deepEqual(Object.values(got.chosen), ['', '', ''], path);
            assert.equal(got.html.includes('>Sala de descanso</option>'), path.startsWith('/es/'), path);
            assert.match(got.html, new RegExp(`<form [^>]*action="${path.startsWith('/es/') ? '/es' : ''}/rights/find" method="get"`), path);
        }
    });
});

await test('the other language asks the same, and back', async () => {
    await withServer(demo, async (server) => {
        for (const question of [rights[0].asks, rights[3].asks, { ...rights[0].asks, time: '' }, { ...rights[0].asks, place: all.place[3] }, {}]) {
            const there = (await get(server, address('en', question))).links.find((a) => a.hreflang === 'es');

            assert.equal(there.href, address('es', question));
            const back = (await get(server, there.href)).links.find((a) => a.hreflang === 'en');

            assert.equal(back.href, address('en', question));
        }
    });
});

await test('headers: kept for a minute, known again, for no search engine; HEAD as GET', async () => {
    await withServer(demo, async (server) => {
        const at = address('es', rights[0].asks);
        const got = await ask(server, at);
        const head = await ask(server, at, { method: 'HEAD' });
        const again = await ask(server, at, { headers: { 'If-None-Match': got.headers.etag } });

        assert.equal(got.status, 200);
        assert.equal(got.headers['content-type'], 'text/html; charset=utf-8');
        assert.equal(got.headers['content-language'], 'es');
        assert.match(got.headers['cache-control'], /^public, max-age=60/);
        assert.match(got.headers['content-security-policy'], /default-src 'none'.*form-action 'self'/);
        assert.equal(got.headers['set-cookie'], undefined);
        assert.match(got.body.toString('utf8'), /<meta name="robots" content="noindex">/);
        assert.equal(head.status, 200);
        assert.equal(head.body.length, 0);
        for (const name of ['content-length', 'etag', 'cache-control'])
            assert.equal(head.headers[name], got.headers[name], name);
        assert.equal(again.status, 304);
        assert.notEqual((await ask(server, address('es', rights[1].asks))).headers.etag, got.headers.etag);
        assert.equal((await ask(server, at, { method: 'POST' })).status, 405);
        assert.doesNotMatch(await text(server, '/sitemap.xml'), /rights\/find/);
    });
});

await test('only where a campaign speaks: other languages are no address', async () => {
    await withServer(demo, async (server) => {
        for (const path of ['/en/rights/find', '/fr/rights/find', '/news/rights/find', '/ES/rights/find', '/es/es/rights/find', '/rights/find/x', '/rights/find/'])
            assert.equal((await ask(server, path)).status, 404, path);
    });
});

// ---- what the demo has none of ----

const right = (fields, body = 'What there is to say.') => `---\ntitle: A right\nholder: Everyone\nactivity: Sing\nplace: Roof\ntime: Noon\n`
    + `law: Section 1\nreviewed: 2026-03-01\n${fields}\n---\n${body}\n`;
const SING = '/rights/find?activity=sing&place=roof&time=noon';
// A campaign of the fewest files, in the languages given, the main one first.
const small = (languages, files) => {
    const dir = join(work, `small-${Object.keys(files).length}-${languages.replace(/\W/g, '')}`);

    put(dir, 'campaign.ini', readFileSync(join(demo, 'campaign.ini'), 'utf8').replace(/^.*_es = .*\n/gm, '')
        .replace(/^languages = .*$/m, `languages = ${languages}`));
    put(dir, 'platform.md', '---\ntitle: Aims\nversion: 2026-01-01\n---\n## One\nWords.\n');
    for (const name of ['about', 'join', 'privacy'])
        put(dir, `pages/${name}.md`, '---\ntitle: A page\n---\nWords.\n');
    for (const [name, words] of Object.entries(files))
        put(dir, `rights/${name}.md`, words);
    return dir;
};
const rightsOnly = (files) => folder((dir) => {
    for (const [name, words] of Object.entries(files))
        put(dir, `rights/${name}.md`, words);
});

await test('a review that is overdue: the answer, and that it is due', async () => {
    const dir = rightsOnly({ sing: right('answer: yes\nreview_by: 2026-11-30') });

    await withServer(dir, async (server) => {
        const got = await get(server, SING);

        assert.equal(got.verdict, 'Yes');
        assert.match(got.html, /was to be checked again by November 30, 2026/);
        assert.match(await text(server, `/es${SING}`), /a más tardar el 30 de noviembre de 2026/);
    });
    await withServer(dir, async (server) => {
        const got = await get(server, SING);

        assert.equal(got.verdict, 'Yes');
        assert.doesNotMatch(got.html, /was to be checked again/);
    }, '2026-11-30T12:00:00Z');
});

await test('superseded: never an answer, but it points on; an old address still asks', async () => {
    await withServer(rightsOnly({
        sing: right('answer: yes\nsuperseded: whistle'),
        whistle: right('answer: no').replace('Roof', 'Cellar').replace('A right', 'May I whistle?'),
    }), async (server) => {
        const got = await get(server, SING);

        assert.equal(got.verdict, VERDICTS.en.none);
        assert.deepEqual(got.keys, []);
        assert.match(got.html, /<a href="\/rights\/find\?activity=sing&amp;place=cellar&amp;time=noon">May I whistle\?<\/a>/);
        assert.equal(got.chosen.place, 'roof');
        assert.ok(!(await get(server, '/rights/')).options.place.includes('roof'));
    });
});

await test('several: the most careful first; yes and no together: ask us, and both', async () => {
    await withServer(rightsOnly({ a: right('answer: yes\norder: 1'), b: right('answer: depends\norder: 2') }), async (server) => {
        const got = await get(server, SING);

        assert.equal(got.verdict, 'It depends');
        assert.deepEqual(got.keys, ['b', 'a']);
        assert.match(got.html, /More than one rule/);
    });
    await withServer(rightsOnly({ a: right('answer: yes'), b: right('answer: no') }), async (server) => {
        for (const lang of ['en', 'es']) {
            const got = await get(server, (lang === 'es' ? '/es' : '') + SING);

            assert.equal(got.verdict, VERDICTS[lang].conflict);
            assert.deepEqual(got.keys, ['b', 'a']);
            assert.ok(got.links.some((a) => a.href === CONTACT && a.class === 'button'));
        }
    });
});

await test('a missing translation: the answer in the language there is, and said so', async () => {
    await withServer(rightsOnly({ sing: right('answer: no') }), async (server) => {
        const got = await get(server, `/es${SING}`);

        assert.equal(got.verdict, 'No');
        assert.match(got.html, /<option value="roof" lang="en" selected>Roof<\/option>/);
        assert.match(got.html, /<section class="answer" id="sing" lang="en">/);
        assert.match(got.html, /Todavía no está en español/);
        assert.match(got.html, /<dd lang="en">Roof<\/dd>/);
    });
});

await test('the main language gives the keys, whichever it is', async () => {
    await withServer(small('es, en', {
        cantar: right('answer: yes').replace('Sing', 'Cantar ¡fuerte!').replace('Roof', 'Salón').replace('Noon', 'Mediodía'),
        'cantar.en': '---\ntitle: A right\nholder: Everyone\nactivity: Sing\nplace: Room\ntime: Noon\nlaw: Section 1\n---\nYes.\n',
    }), async (server) => {
        const query = '?activity=cantar-fuerte&place=salon&time=mediodia';

        assert.equal((await get(server, `/rights/find${query}`)).verdict, 'Sí');
        const got = await get(server, `/en/rights/find${query}`);

        assert.equal(got.verdict, 'Yes');
        assert.match(got.html, /<option value="salon" selected>Room<\/option>/);
    });
});

await test('one language: no switch, and no twin', async () => {
    await withServer(small('en', { sing: right('answer: yes') }), async (server) => {
        const got = await get(server, SING);

        assert.equal(got.verdict, 'Yes');
        assert.doesNotMatch(got.html, /hreflang/);
        assert.equal((await ask(server, `/es${SING}`)).status, 404);
    });
});

await test('no rights at all: no form, and nobody is turned away', async () => {
    await withServer(small('en', {}), async (server) => {
        for (const path of ['/rights/', '/rights/find']) {
            const got = await ask(server, path);

            assert.equal(got.status, 200, path);
            assert.doesNotMatch(got.body.toString('utf8'), /<form|<select/);
        }
        assert.equal((await ask(server, SING)).status, 404);
    });
});

await test('words with every kind of mark come out as words', async () => {
    const nasty = '"><script>alert(1)</script>&amp;\' <b>x';

    await withServer(rightsOnly({
        sing: right('answer: yes').replace('Roof', nasty).replace('Everyone', nasty).replace('Section 1', nasty),
    }), async (server) => {
        const form = await get(server, '/rights/');
        const key = form.options.place.find((k) => k.includes('script'));

        assert.match(key, /^[a-z0-9-]+$/);
        const got = await get(server, `/rights/find?activity=sing&place=${key}&time=noon`);

        assert.equal(got.verdict, 'Yes');
        assert.doesNotMatch(got.html, /<script|<b>/);
        assert.ok(decoded(got.html).includes(nasty));
    });
});

// ---- queries that no form sends ----

const long = 'a'.repeat(3900);
const hostile = [
    ['a value of nobody', 'activity=fly', 404],
    ['a script', `activity=${encodeURIComponent('"><script>alert(1)</script>')}`, 404],
    ['a script, not encoded', 'activity="><script>alert(1)</script>', [400, 404]],
    ['an attribute', `place=${encodeURIComponent('" onfocus="alert(1)" autofocus="')}`, 404],
    ['braces of a template', `time=${encodeURIComponent('{{markup body}}')}`, 404],
    ['no UTF-8', 'activity=%FF%FE', 404],
    ['half an escape', 'activity=%4', 404],
    ['no escape', 'activity=%zz', 404],
    ['NUL', 'activity=hand-out-leaflets%00', 404],
    ['a line end', 'activity=hand-out-leaflets%0D%0ASet-Cookie:%20x=1', 404],
    ['as large as it may be', `activity=${long}`, 404],
    ['too large', `activity=${'a'.repeat(20_000)}`, [400, 414, 'closed']],
    ['a hundred parameters', Array.from({ length: 100 }, () => 'x=1').join('&'), 200],
    ['a thousand parameters', Array.from({ length: 900 }, () => 'x=1').join('&'), [200, 'closed']],
    ['only signs', '&&&===&=&', 200],
    ['names in capitals', 'ACTIVITY=hand-out-leaflets', 200],
    ['a name without a value', 'activity', 200],
    ['a path', 'place=..%2f..%2fetc%2fpasswd', 404],
    ['words in place of a key', 'place=Break+room', 404],
    ['a space before', 'place=+break-room', 404],
    ['an unknown parameter', 'activity=hand-out-leaflets&utm_source=x%22%3E', 200],
];

await test('queries that no form sends: a clear page, and nothing of them in it', async () => {
    await withServer(demo, async (server) => {
        for (const [what, query, wanted] of hostile)
            for (const base of Object.values(BASE)) {
                const got = await ask(server, `${base}?${query}`).catch(() => ({ status: 'closed', headers: {}, body: '' }));
                const html = got.body.toString('utf8');

                assert.ok([wanted].flat().includes(got.status), `${what}: ${got.status}`);
                assert.doesNotMatch(html, /<script|alert\(|onfocus|Set-Cookie|passwd|utm_source|a{100}|\{\{/, what);
                assert.equal(got.headers['set-cookie'], undefined, what);
                if (got.status === 404) {
                    assert.equal(page(html).verdict, '', what);
                    assert.match(html, /not on our list|no está en nuestra lista/, what);
                    assert.match(html, /<select [^>]*aria-invalid="true"/, what);
                    assert.match(got.headers['cache-control'], /no-store/, what);
                }
                if (got.status === 200 || got.status === 404)
                    assert.match(html, /<select id="Activity"/, what);
            }
    });
});

await test('the first of a repeated parameter counts, as the page says', async () => {
    await withServer(demo, async (server) => {
        const [a, b] = rights;
        const got = await get(server, `${address('en', a.asks)}&activity=${b.asks.activity}&place=fly`);

        assert.deepEqual(got.chosen, a.asks);
        assert.deepEqual(got.keys, [a.key]);
    });
});

await test('an unknown value leaves the rest of the question as it was', async () => {
    await withServer(demo, async (server) => {
        const got = await get(server, address('en', { ...rights[0].asks, place: 'moon' }));

        assert.deepEqual(got.chosen, { ...rights[0].asks, place: '' });
        assert.deepEqual(got.keys, []);
        assert.equal(got.links.find((a) => a.hreflang === 'es').href, address('es', { ...rights[0].asks, place: '' }));
    });
});

// ---- the static site ----

await test('a static build has the table alone: there is nobody to ask', async () => {
    const site = join(work, 'static');

    assert.equal(run(['build', demo, site, '--at', AT]).status, 0);
    for (const name of ['rights/index.html', 'es/rights/index.html'])
        assert.doesNotMatch(tree(site).get(name).toString('utf8'), /<form|rights\/find/, name);
});

finish();
