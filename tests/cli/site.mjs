// SPDX-License-Identifier: AGPL-3.0-or-later
//
// site.mjs SITE: the demo's site as files. Every link leads to something that is there, nothing is fetched from anybody,
// there is no script, a newsletter is small, feeds and sitemap are sound, and the Spanish pages are Spanish.

import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { read } from '../lib/markup.mjs';
import { demo, root, tree } from '../lib/program.mjs';

const site = resolve(process.argv[2]);
const files = tree(site);
const pages = new Map([...files].filter(([name]) => name.endsWith('.html')).map(([name, bytes]) => [name, read(String(bytes))]));
const host = readFileSync(join(demo, 'campaign.ini'), 'utf8').match(/^host\s*=\s*(\S+)/m)[1];
const addresses = ['href', 'src', 'action', 'poster', 'data', 'formaction', 'srcset', 'cite'];

function linksOf(page) {
    return page.elements.flatMap(({ tag, attributes }) => addresses.filter((key) => key in attributes)
        .map((key) => ({ tag, key, rel: attributes.rel ?? '', address: attributes[key] })));
}

// ---- links ----

for (const [name, page] of pages) {
    await test(`${name}: every link leads to a file and a place in it`, () => {
        const broken = [];

        for (const { address, tag, rel } of linksOf(page)) {
            if (/^(mailto|tel):/.test(address) || (tag === 'a' && /^https?:/.test(address)))
                continue;
            if (tag === 'link' && /canonical|alternate/.test(rel) && address.startsWith(`https://${host}/`))
                continue;
            const [path, fragment] = address.split('#');
            const target = path ? join(dirname(join(site, name)), decodeURIComponent(path.split('?')[0])) : join(site, name);

            if (/^([a-z]+:|\/)/i.test(address))
                broken.push(`${address} (not relative)`);
            else if (relative(site, target).startsWith('..'))
                broken.push(`${address} (leads out of the site)`);
            else if (!existsSync(target) || !statSync(target).isFile())
                broken.push(`${address} (no such file)`);
            else if (fragment && target.endsWith('.html') &&
                !pages.get(relative(site, target)).elements.some((e) => e.attributes.id === decodeURIComponent(fragment)))
                broken.push(`${address} (no such place)`);
        }
        assert.deepEqual(broken, []);
    });

    await test(`${name}: no script, no stranger, no style in the page`, () => {
        const { elements } = page;

        assert.ok(!elements.some((e) => ['script', 'iframe', 'object', 'embed', 'base', 'style'].includes(e.tag)));
        assert.ok(!elements.some((e) => Object.keys(e.attributes).some((key) => /^on/.test(key) || key === 'style')));
        for (const { tag, key, rel, address } of linksOf(page)) {
            assert.doesNotMatch(address, /^\s*(javascript|data|vbscript):/i);
            if (/^(https?:)?\/\//.test(address))
                assert.ok(tag === 'a' || key === 'cite' || /canonical|alternate/.test(rel), `${tag} fetches ${address}`);
        }
        assert.ok(!elements.some((e) => e.attributes['http-equiv'] === 'refresh' && /https?:/.test(e.attributes.content)));
    });

    await test(`${name}: language, title, description`, () => {
        const html = page.elements.find((e) => e.tag === 'html');
        const title = page.texts.find((t) => t.within === 'title');

        assert.equal(html.attributes.lang, name.startsWith('es/') ? 'es' : 'en');
        assert.ok(title && title.text.length > 3);
        assert.equal(page.elements.filter((e) => e.tag === 'h1').length, 1);
        assert.equal(page.elements.filter((e) => e.tag === 'main').length, 1);
        const ids = page.elements.map((e) => e.attributes.id).filter(Boolean);

        assert.equal(new Set(ids).size, ids.length, 'an id stands twice');
        assert.doesNotMatch(String(files.get(name)), /\{\{|\}\}|\{[a-z_]+\}|MSG_|\(null\)|undefined/);
    });
}

await test('no style sheet fetches anything', () => {
    for (const [name, bytes] of files)
        if (name.endsWith('.css') || name.endsWith('.svg'))
            assert.doesNotMatch(String(bytes).replaceAll('http://www.w3.org/', ''), /@import|https?:\/\/|url\(\s*['"]?\/\//, name);
});

await test('titles tell pages apart', () => {
    const seen = new Map();

    for (const [name, page] of pages) {
        const title = `${name.startsWith('es/') ? 'es' : 'en'}: ${page.texts.find((t) => t.within === 'title').text}`;
        const robots = page.elements.some((e) => e.attributes.name === 'robots');

        if (robots)
            continue;
        assert.ok(!seen.has(title), `${name} and ${seen.get(title)} are both “${title}”`);
        seen.set(title, name);
    }
});

// ---- what the issue asks to be there ----

await test('every kind of page is there, in both languages', () => {
    for (const base of ['', 'es/'])
        for (const name of ['index.html', 'news/index.html', 'faq/index.html', 'rights/index.html', 'platform.html', 'chronology.html',
            'docket/index.html', 'docket/access.html', 'claims/index.html', 'claims/fact-sheet.html', 'press.html', 'corrections.html', 'about.html', 'privacy.html', 'join.html'])
            assert.ok(files.has(base + name), `${base}${name} is missing`);
    for (const name of ['404.html', 'sitemap.xml', 'robots.txt'])
        assert.ok(files.has(name), `${name} is missing`);
    assert.equal([...files.keys()].filter((name) => /feed.*\.xml$|\.atom$/.test(name)).length, 2, 'a feed for each language');
});

await test('a newsletter page with its style is under 30 KB', () => {
    const style = files.get('style.css').length;
    let count = 0;

    for (const [name, bytes] of files)
        if (/news\/20.*\.html$/.test(name)) {
            count += 1;
            assert.ok(bytes.length + style < 30 * 1024, `${name} has ${bytes.length} bytes, its style ${style}`);
        }
    assert.ok(count >= 20, `only ${count} newsletters`);
});

await test('the feeds are Atom, newest first, with addresses of the site', () => {
    for (const [name, bytes] of files) {
        if (!/feed.*\.xml$|\.atom$/.test(name))
            continue;
        const text = String(bytes);
        const days = [...text.matchAll(/<published>([^<]+)</g)].map((m) => m[1]);

        assert.match(text, /^<\?xml version="1\.0" encoding="(utf|UTF)-8"\?>\s*(<!--[^>]*-->\s*)?<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom"/);
        assert.match(text, name.startsWith('es/') ? /xml:lang="es"/ : /xml:lang="en"/);
        assert.ok(days.length >= 8);
        assert.deepEqual(days, [...days].sort().reverse());
        for (const [, address] of text.matchAll(/<id>([^<]+)</g))
            assert.match(address, new RegExp(`^(https://${host}/|tag:)`));
    }
});

await test('the sitemap names every page once, and only pages', () => {
    const listed = [...String(files.get('sitemap.xml')).matchAll(/<loc>([^<]+)</g)].map((m) => m[1]);
    const hidden = [...pages].filter(([, page]) => page.elements.some((e) => e.attributes.name === 'robots')).map(([name]) => name);
    const expected = [...pages.keys()].filter((name) => !hidden.includes(name))
        .map((name) => `https://${host}/${name.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, '')}`);

    assert.deepEqual(listed.sort(), expected.sort());
});

await test('dates that are not the same are told apart on a newsletter', () => {
    const [, page] = [...pages].find(([name, p]) => /^news\/20/.test(name) && p.elements.filter((e) => e.tag === 'time').length > 1);
    const days = page.elements.filter((e) => e.tag === 'time').map((e) => e.attributes.datetime);

    assert.ok(days.every((day) => /^\d{4}-\d\d(-\d\d)?(T.*)?(\/.*)?$/.test(day)), days.join(' '));
});

// ---- photos ----

await test('photos tell nothing but the picture', () => {
    let count = 0;

    for (const [name, bytes] of files) {
        if (!/^photos\//.test(name))
            continue;
        count += 1;
        for (const mark of ['GPS', 'iTXt', 'tEXt', 'zTXt', 'eXIf', 'http://ns.adobe.com', 'Photoshop', 'Copyright'])
            assert.ok(!Buffer.from(bytes).includes(mark), `${name} holds ${mark}`);
    }
    assert.ok(count > 0, 'the demo has no photo');
});

// ---- Spanish ----

// [{ id, str }] of a .po file; a message with a plural gives two.
function messages(file) {
    const unquote = (block) => [...block.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => JSON.parse(`"${m[1]}"`)).join('');
    const part = (entry, key) => {
        const found = entry.match(new RegExp(`^${key}((?:\\s*"(?:[^"\\\\]|\\\\.)*"\\n?)+)`, 'm'));

        return found ? unquote(found[1]) : '';
    };

    return readFileSync(file, 'utf8').split(/\n\s*\n/).filter((entry) => /^msgctxt/m.test(entry)).flatMap((entry) => [
        { id: part(entry, 'msgid'), str: part(entry, 'msgstr') || part(entry, 'msgstr\\[0\\]') },
        { id: part(entry, 'msgid_plural'), str: part(entry, 'msgstr\\[1\\]') },
    ]).filter(({ id }) => id);
}

const catalogue = messages(join(root, 'locale/es.po'));
const spanish = new Set(catalogue.map(({ str }) => str));

// English words that must not stand on a Spanish page: whole messages, and the longer pieces between their {names}.
const whole = new Set(catalogue.map(({ id }) => id).filter((id) => id.length >= 4 && !spanish.has(id)));
const pieces = [...new Set(catalogue.flatMap(({ id }) => id.split(/\{\w+\}/)))].map((piece) => piece.trim())
    .filter((piece) => piece.length >= 10 && piece.includes(' ') && ![...spanish].some((text) => text.includes(piece)));

await test('the catalogue was read', () => {
    assert.ok(catalogue.length > 80 && whole.size > 60 && pieces.length > 20, `${catalogue.length} ${whole.size} ${pieces.length}`);
});

for (const [name, page] of [...pages].filter(([file]) => file.startsWith('es/'))) {
    await test(`${name}: no word of English but where it says so`, () => {
        const shown = ['alt', 'title', 'aria-label', 'placeholder', 'content'];
        const said = [
            ...page.texts.filter((t) => t.lang === 'es').map((t) => t.text),
            ...page.elements.filter((e) => e.lang === 'es')
                .flatMap((e) => shown.filter((key) => key in e.attributes).map((key) => e.attributes[key])),
        ];
        const english = said.filter((text) => whole.has(text) || pieces.some((piece) => text.includes(piece)) ||
            /\b(the|and|with|from|have|this|that|which|their|because)\b/i.test(text));

        assert.deepEqual(english, []);
    });
}

finish();
