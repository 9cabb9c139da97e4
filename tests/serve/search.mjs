// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Search as readers use it, on the real server: words and phrases in both languages, hits marked, twenty a page, all by
// plain addresses. What is not public is not found, not counted and not offered until its minute comes. Whatever is typed,
// the answer is a page with a sentence on it, and never a stranger's markup.

import { strict as assert } from 'node:assert';
import { finish, test } from '../lib/tap.mjs';
import { AT, demo, folder, newsletter, put, run, work } from '../lib/program.mjs';
import { ask, before, serve, text, until } from './server.mjs';
import { join } from 'node:path';

const HOST = 'baysideeducators.example';
const store = process.env.TEST_POSTGRES ? ['--db', process.env.TEST_POSTGRES] : [];
let folders = 0;

function load(dir, data, at = AT) {
    const loaded = run(['load', dir, '--data', data, ...store, '--yes', '--at', at]);

    assert.equal(loaded.status, 0, loaded.stderr);
}

async function withSite(dir, at, body) {
    folders += 1;
    const data = join(work, `data-${folders}`);

    load(dir, data, at);
    const server = await serve(['serve', '--data', data, ...store, '--preview', HOST, '--listen', '127.0.0.1:0', '--at', at]);

    try {
        await body(server, data);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
}

const address = (q, path = '/search', more = '') => `${path}?q=${encodeURIComponent(q)}${more}`;
const unescaped = (html) => html.replace(/<[^>]*>/g, '').replace(/&#39;/g, '\'').replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

// What the page says: { status, count, links, titles, snippets, marks, other, fault }.
async function search(server, q, path, more) {
    const answer = await ask(server, address(q, path, more));
    const html = answer.body.toString('utf8');
    const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'));
    const hits = [...main.matchAll(/<h2 class="title"><a href="([^"]*)">(.*?)<\/a><\/h2>\n<p>(.*?)<\/p>/gs)];

    return {
        status: answer.status,
        headers: answer.headers,
        html,
        count: main.match(/role="status"><span>(.*?)<\/span>/)?.[1],
        links: hits.map((hit) => hit[1]),
        titles: hits.map((hit) => unescaped(hit[2])),
        snippets: hits.map((hit) => unescaped(hit[3])),
        marks: hits.flatMap((hit) => [...`${hit[2]} ${hit[3]}`.matchAll(/<mark>(.*?)<\/mark>/gs)].map((m) => unescaped(m[1]))),
        other: main.match(/<a href="([^"]*)" hreflang="\w+">([^<]*)<\/a><\/p>/)?.slice(1),
        fault: main.match(/id="Fault">(.*?)</)?.[1],
        next: main.match(/<a href="([^"]*)" rel="next"/)?.[1].replaceAll('&amp;', '&'),
        previous: main.match(/<a href="([^"]*)" rel="prev"/)?.[1].replaceAll('&amp;', '&'),
    };
}

// ---- finding ----

await test('words in any form, phrases as they stand, hits marked, titles first', async () => {
    const dir = folder((d) => {
        newsletter(d, '2026-11-01-walrus', 'The walruses met.\n\nA walrus asked; the other walrus wrote & signed <3.');
        newsletter(d, '2026-10-01-tusk', 'An old walrus with one tusk.', 'summary: Tusk and walrus & friends.\n');
        put(d, 'news/2026-09-01-title.md', '---\ntitle: The walrus of "Pier" Street\nwithout: lead, ask, signature, archive, paid-for\n---\nNobody.\n');
    });

    await withSite(dir, AT, async (server) => {
        const words = await search(server, 'WALRUS');

        assert.equal(words.status, 200);
        assert.equal(words.count, '3 results');
        assert.deepEqual(words.links, ['/news/2026-09-01-title', '/news/2026-11-01-walrus', '/news/2026-10-01-tusk']);
        assert.ok(words.marks.includes('walruses') && words.marks.includes('walrus'));
        assert.ok(words.snippets[1].includes('the other walrus wrote & signed <3.'), words.snippets[1]);
        assert.deepEqual((await search(server, '"one tusk"')).links, ['/news/2026-10-01-tusk']);
        assert.deepEqual((await search(server, '"tusk one"')).links, []);
        assert.deepEqual((await search(server, 'walrus tusk')).links, ['/news/2026-10-01-tusk']);
        assert.match((await search(server, 'walruss nowhere')).html, /Nothing was found/);
    });
});

await test('law, accents, questions', async () => {
    await withSite(demo, AT, async (server) => {
        const law = await search(server, '3543.1(b)');
        const spanish = await search(server, 'organizacion', '/es/search');

        assert.ok(law.links.some((link) => link.startsWith('/rights/#')) && law.links.some((link) => link.startsWith('/faq/#')));
        assert.ok(law.marks.includes('3543.1(b'), law.marks);
        assert.ok(spanish.links.every((link) => link.startsWith('/es/')));
        assert.equal((await search(server, 'What does it cost?')).titles[0], 'What would it cost me?');
    });
});

await test('cases are found by what was alleged, by their number and in each language; not before something became of them', async () => {
    const dir = folder((d) => {
        const sides = 'forum = The Walrus Board\nforum_es = La Junta\nfiled_by = union\nagainst = employer\n';
        const words = (now) => `title = The tusks\ntitle_es = Los colmillos\nsummary = About ice.\nsummary_es = Sobre el hielo.\n${sides}${now}`;

        put(d, 'cases/tusks.ini', words('number = WX-1209-E\n[allegation kept]\ntext = Herring was kept.\ntext_es = Guardaron el arenque.\n2026-04-08 = charged\n'
            + '[allegation later]\ntext = Penguins came.\ntext_es = Vinieron.\n2027-02-01 = charged\n'));
        put(d, 'cases/later.ini', words('number = WX-1210-E\n[allegation later]\ntext = Ospreys barked.\ntext_es = Ladraron.\n2027-02-01 = charged\n'));
    });

    await withSite(dir, AT, async (server) => {
        for (const q of ['herring', 'WX-1209-E', '"walrus board"', 'tusk']) {
            const found = await search(server, q);

            assert.deepEqual([found.links, found.titles], [['/docket/tusks'], ['The tusks']], q);
        }
        const spanish = await search(server, 'arenque', '/es/search');

        assert.deepEqual(spanish.links, ['/es/docket/tusks']);
        assert.match(spanish.html, /<span class="kind">Caso<\/span> · <time datetime="2026-04-08">/);
        assert.equal((await ask(server, spanish.links[0])).status, 200);
        for (const q of ['penguins', 'ospreys', 'WX-1210-E'])
            assert.equal((await search(server, q)).links.length, 0, q);
    });
});

await test('the other language is offered, and the switch keeps the question', async () => {
    const dir = folder((d) => {
        newsletter(d, '2026-11-01-morsa', 'Uno walrus.');
        put(d, 'news/2026-11-01-morsa.es.md', '---\ntitle: La morsa\n---\nUna walrus.\n');
        newsletter(d, '2026-11-02-only', 'Another walrus.');
    });

    await withSite(dir, AT, async (server) => {
        const spanish = await search(server, 'walrus', '/es/search');
        const english = await search(server, spanish.other[0].match(/q=([^&]*)/)[1]);

        assert.equal(spanish.count, '1 resultado');
        assert.deepEqual(spanish.links, ['/es/news/2026-11-01-morsa']);
        assert.deepEqual(spanish.other, ['/search?q=walrus', '2 resultados en inglés']);
        assert.deepEqual(english.other, ['/es/search?q=walrus', '1 result in Spanish']);
        assert.match(spanish.html, /<a href="\/search\?q=walrus" hreflang="en" lang="en">English<\/a>/);
        assert.equal(spanish.headers['content-language'], 'es');
        assert.match(spanish.html, /<html lang="es">/);
        assert.equal((await ask(server, '/en/search?q=walrus')).status, 404);
    });
});

await test('twenty a page, by plain links that lead through all and back', async () => {
    const dir = folder((d) => {
        for (let i = 0; i < 45; i++)
            newsletter(d, `2024-01-${String(i % 28 + 1).padStart(2, '0')}-w-${i}`, 'A walrus & "one".');
    });

    await withSite(dir, AT, async (server) => {
        const seen = new Set();
        let page = await search(server, 'walrus & "one"');
        let pages = 1;

        assert.equal(page.count, '45 results');
        for (;;) {
            page.links.forEach((link) => seen.add(link));
            if (!page.next)
                break;
            const next = new URL(page.next, 'http://x');

            page = await search(server, next.searchParams.get('q'), next.pathname, `&p=${next.searchParams.get('p')}`);
            pages += 1;
        }
        assert.equal(seen.size, 45);
        assert.equal(pages, 3);
        assert.ok(page.previous);
        for (const p of ['0', '-1', 'x', '99999999999999999999'])
            assert.equal((await search(server, 'walrus', '/search', `&p=${p}`)).links.length, 20, p);
        assert.equal((await search(server, 'walrus', '/search', '&p=999')).links.length, 5);
    });
});

// ---- what is not public ----

await test('drafts and the future: not found, not counted, not offered, until their minute comes', async () => {
    const dir = folder((d) => {
        newsletter(d, '2026-12-05-draft', 'The words zanahoria uno.', 'draft: yes\n');
        newsletter(d, '2026-12-05-later', 'The words zanahoria dos.', 'time: 07:30\n');
        newsletter(d, '2026-11-05-now', 'The words zanahoria tres.');
    });

    const then = async (server, isEarly) => {
        const one = await search(server, 'zanahoria');
        const none = await search(server, '"zanahoria dos"');
        const spanish = await search(server, 'zanahoria', '/es/search');

        if (!isEarly())
            return false;
        assert.deepEqual(one.links, ['/news/2026-11-05-now']);
        assert.equal(one.count, '1 result');
        assert.deepEqual(none.links, []);
        assert.equal(spanish.other[1], '1 resultado en inglés');
        await until('the newsletter', async () => (await search(server, 'zanahoria dos')).links.length === 1, 600);
        assert.equal((await ask(server, '/news/2026-12-05-later')).status, 200);
        assert.deepEqual((await search(server, '"zanahoria uno"')).links, []);
        assert.equal((await search(server, 'zanahoria', '/es/search')).other[1], '2 resultados en inglés');
        return true;
    };

    // 07:30 in Los Angeles is 15:30 UTC.
    await before('2026-12-05T15:30:00Z', async (at, isEarly) => {
        let isSeen = false;

        await withSite(dir, at, async (server) => { isSeen = await then(server, isEarly); });
        return isSeen;
    });
});

await test('a newsletter that is taken back to a draft is not found any more', async () => {
    const dir = folder((d) => newsletter(d, '2026-11-05-now', 'The words zanahoria tres.'));
    const data = join(work, 'data-back');

    load(dir, data);
    newsletter(dir, '2026-11-05-now', 'The words zanahoria cuatro.', 'draft: yes\n');
    load(dir, data);
    const server = await serve(['serve', '--data', data, ...store, '--preview', HOST, '--listen', '127.0.0.1:0', '--at', AT]);

    try {
        assert.deepEqual((await search(server, 'zanahoria')).links, []);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
});

// ---- whatever is typed ----

await test('the field alone; faults in words with what was typed; never an error page', async () => {
    await withSite(demo, AT, async (server) => {
        for (const path of ['/search', '/search?q=', '/search?q=+++', '/search?x=1', '/es/search']) {
            const page = await ask(server, path);

            assert.equal(page.status, 200, path);
            assert.match(page.body.toString('utf8'), /<input type="search" id="Q" name="q" value=""/, path);
            assert.doesNotMatch(page.body.toString('utf8'), /id="Fault"|role="status"/, path);
        }
        const faults = [['§ — !', /no word/], ['x'.repeat(201), /200 characters/], ['a b c d e f g h i j k l m', /12 words/],
            ['"'.repeat(1900), /200 characters/]];

        for (const [q, words] of faults) {
            const page = await search(server, q);

            assert.equal(page.status, 422, q);
            assert.match(page.fault, words);
            assert.ok(page.html.includes(`value="${q.replaceAll('"', '&quot;')}" `), q);
            assert.match(page.html, /aria-invalid="true" aria-describedby="Hint Fault"/);
        }
        for (const raw of ['%00', 'a%00b', '%FF', '%C3', '%ED%A0%80', '%', '%zz']) {
            const page = await ask(server, `/search?q=${raw}`);

            assert.equal(page.status, 422, raw);
            assert.match(page.body.toString('utf8'), /type it again/, raw);
        }
        for (const q of ['"', '"never closed', '""', '"\'"', '\\', 'a OR b', 'NEAR(a b)', '*', 'a*', ':', '{x}:y', '-a', '^a', '\' OR 1=1 --', '‮abc']) {
            const page = await search(server, q);

            assert.ok([200, 422].includes(page.status), q);
            assert.match(page.html, /<\/html>/, q);
        }
    });
});

await test('nobody else\'s markup: in the field, the title, the switch, the snippet', async () => {
    const attack = '"><script>alert(1)</script><img src=x onerror=alert(2)>';
    const dir = folder((d) => newsletter(d, '2026-11-01-x', 'Words `<script>alert(1)</script>` and more script.'));

    await withSite(dir, AT, async (server) => {
        for (const q of [attack, 'script', '\'"><svg onload=x>', 'javascript:alert(1)', '&lt;script&gt;', '</title><b>']) {
            const { html } = await search(server, q);

            assert.doesNotMatch(html, /<script|<svg on|<img src=x|onerror=alert\(2\)>|<\/title><b>/, q);
        }
        const page = await search(server, 'script');

        assert.ok(page.marks.includes('script'));
        assert.match(page.html, /&lt;<mark>script<\/mark>&gt;/);
    });
});

await test('headers: not kept, not for search engines, no script, no cookie; HEAD', async () => {
    await withSite(demo, AT, async (server) => {
        const get = await ask(server, '/search?q=memo');
        const head = await ask(server, '/search?q=memo', { method: 'HEAD' });

        assert.match(get.headers['cache-control'], /no-store/);
        assert.match(get.body.toString('utf8'), /<meta name="robots" content="noindex">/);
        assert.match(get.headers['content-security-policy'], /default-src 'none'/);
        assert.equal(get.headers['set-cookie'], undefined);
        assert.doesNotMatch(get.body.toString('utf8'), /<script/);
        assert.equal(head.status, 200);
        assert.equal(head.body.length, 0);
        assert.equal(head.headers['content-length'], get.headers['content-length']);
        assert.equal((await ask(server, '/search', { method: 'POST', body: 'q=memo' })).status, 405);
        assert.match(await text(server, '/'), /<a href="\/search">Search<\/a>/);
        assert.doesNotMatch(await text(server, '/sitemap.xml'), /search/);
    });
});

await test('a static site has no search and no link to it', async () => {
    const out = join(work, 'static');
    const built = run(['build', demo, out, '--at', AT]);
    const { readFileSync } = await import('node:fs');

    assert.equal(built.status, 0, built.stderr);
    assert.doesNotMatch(readFileSync(join(out, 'index.html'), 'utf8'), /search/i);
});

finish();
