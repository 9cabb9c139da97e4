// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every newsletter of the demo as a letter, in each language it has: read by Python's mail library, its signature checked
// by python3-dkim and by opendkim. BUILD names the build; KEEP a folder for the letters, for the browser to look at.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finish, scratch, test } from '../lib/tap.mjs';

const breakroom = resolve(process.env.BUILD, 'breakroom');
const dir = process.env.KEEP ? resolve(process.env.KEEP) : scratch();
const domain = 'baysideeducators.example';
const at = ['--at', '2026-12-01T12:00:00Z'];
const run = (...args) => spawnSync(breakroom, args, { encoding: 'utf8' });
const fine = (...args) => {
    const done = run(...args);

    assert.equal(done.status, 0, done.stderr);
    return done;
};
const recordOf = (zone) => [...zone.matchAll(/"([^"]*)"/g)].map((m) => m[1]).join('');

mkdirSync(dir, { recursive: true });
const key = join(dir, 'br1.pem');
let record;

await test('a key is written for its owner alone, and its record comes in strings that fit', () => {
    const zone = fine('dkim', 'new', domain, '--to', key).stdout;
    const strings = [...zone.matchAll(/"([^"]*)"/g)].map((m) => m[1]);

    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.match(zone, new RegExp(`^br1\\._domainkey\\.${domain}\\. IN TXT \\(\n`));
    assert.ok(strings.length >= 2 && strings.every((s) => s.length <= 255));
    record = recordOf(zone);
    assert.equal(record.replace(/^v=DKIM1; k=rsa; p=/, ''),
        execFileSync('openssl', ['rsa', '-in', key, '-pubout', '-outform', 'DER'], { stdio: ['pipe', 'pipe', 'ignore'] }).toString('base64'));
    writeFileSync(join(dir, 'record'), record);
    writeFileSync(join(dir, 'keys'), `br1._domainkey.${domain} ${record}\n`);
    writeFileSync(join(dir, 'opendkim.conf'), `Mode v\nClockDrift 1000000000\nTestPublicKeys ${join(dir, 'keys')}\n`);
});

await test('a key that is there is not written over', () => {
    const before = readFileSync(key, 'utf8');

    assert.equal(run('dkim', 'new', domain, '--to', key).status, 2);
    assert.equal(readFileSync(key, 'utf8'), before);
});

const letters = readdirSync('demo/news').map((file) => {
    const [, name, lang] = /^\d{4}-\d\d-\d\d-(.*?)(?:\.(es))?\.md$/.exec(file);

    return { key: lang ? `${name}.${lang}` : name, lang: lang ?? 'en', source: readFileSync(join('demo/news', file), 'utf8') };
});

for (const letter of letters) {
    const path = join(dir, `${letter.key}.eml`);
    let seen;

    await test(`${letter.key}: is written and read back without a defect`, () => {
        fine('mail', 'preview', 'demo', letter.key, '--to', path, '--key', key, ...at);
        seen = JSON.parse(execFileSync('/usr/bin/python3', ['tests/mail/letter.py', path, join(dir, 'record')],
            { encoding: 'utf8', maxBuffer: 1 << 26 }));
        const header = (name) => seen.headers.filter(([n]) => n.toLowerCase() === name).map(([, v]) => v);

        assert.deepEqual(seen.defects, []);
        assert.deepEqual(seen.types, ['text/plain', 'text/html']);
        for (const once of ['from', 'to', 'subject', 'date', 'message-id', 'mime-version', 'reply-to', 'list-id',
            'list-unsubscribe', 'list-unsubscribe-post', 'content-language', 'feedback-id', 'precedence'])
            assert.equal(header(once).length, 1, once);
        assert.equal(header('subject')[0], /^subject: (.*)$/m.exec(letter.source)?.[1] ?? /^title: (.*)$/m.exec(letter.source)[1]);
        assert.equal(header('from')[0], `Bayside Educators United <news@${domain}>`);
        assert.equal(header('content-language')[0], letter.lang);
        assert.match(seen.html, new RegExp(`^<!DOCTYPE html>\\s*<html lang="${letter.lang}">`));
    });
    await test(`${letter.key}: seven bits, CRLF, short lines, under 90 KB`, () => {
        assert.equal(seen.eightBit, false);
        assert.equal(seen.bare, 0);
        assert.ok(seen.longest <= 78 || seen.longest < 130, `${seen.longest}`); /* List-Unsubscribe is not folded */
        assert.ok(seen.htmlSize < 90 * 1024, `${seen.htmlSize}`);
    });
    await test(`${letter.key}: text and HTML lead to the same, and nothing is fetched`, () => {
        const sorted = (list) => [...new Set(list)].sort();

        assert.ok(seen.htmlLinks.length >= 5);
        assert.equal([...seen.htmlLinks, ...seen.textLinks].filter((link) => /^https?:/.test(link)).length % 2, 0); /* tests/mail/rspamd.mjs */
        assert.deepEqual(sorted(seen.textLinks), sorted(seen.htmlLinks));
        assert.ok(seen.htmlLinks.every((link) => /^(https:\/\/|mailto:)/.test(link)), seen.htmlLinks.join(' '));
        assert.deepEqual(seen.fetched, []);
        assert.ok(seen.htmlLinks.includes(`https://${domain}/leave/preview-leads-nowhere`));
    });
    await test(`${letter.key}: says who writes, who pays and from where`, () => {
        for (const body of [seen.text.replace(/\s+/g, ' '), seen.html.replace(/\s+/g, ' ')])
            for (const words of ['12 Harbor Street, Bayside', 'United Educators of Marlow County', 'Bayside Educators United'])
                assert.ok(body.includes(words), words);
        const summary = /^summary: (.*)$/m.exec(letter.source)?.[1];

        if (summary)
            assert.ok(seen.html.includes('<div style="display:none">'), 'summary as preheader');
    });
    await test(`${letter.key}: python3-dkim verifies it, and no change of it`, () => {
        assert.equal(seen.signed, true);
        assert.equal(seen.signedTampered, false);
        assert.equal(seen.signedTwice, false);
    });
}

await test('opendkim verifies every letter', () => {
    for (const letter of letters) {
        const done = spawnSync('opendkim', ['-x', join(dir, 'opendkim.conf'), '-vv', '-t', join(dir, `${letter.key}.eml`)], { encoding: 'utf8' });

        assert.match(done.stdout + done.stderr, /verification \(s=br1, d=baysideeducators\.example, 2048-bit key\) succeeded/, letter.key);
    }
});

await test('the same letter twice is the same bytes', () => {
    const twice = ['-', '-'].map((to) => fine('mail', 'preview', 'demo', 'memo', '--to', to, '--key', key, ...at).stdout);

    assert.equal(twice[0], twice[1]);
});

await test('what is asked for wrongly is said in a sentence', () => {
    for (const [args, says] of [
        [['mail', 'preview', 'demo', 'mmo', '--to', '-'], /did you mean “memo”/],
        [['mail', 'preview', 'demo', 'memo'], /--to FILE\.eml/],
        [['mail', 'preview', 'demo', 'memo', '--to', 'ana@reader.example'], /letters are sent by a server: --data D names its folder/],
        [['mail', 'preview', 'demo', 'memo.xx', '--to', '-'], /no newsletter/],
        [['mail', 'preview', 'demo', 'memo', '--to', '-', '--key', 'README.md'], /not an RSA key/],
        [['mail', 'send'], /preview/],
        [['dkim', 'new', 'NO domain', '--to', join(dir, 'x.pem')], /small letters/],
        [['dkim', 'new', domain], /--data D or --to FILE/],
        [['dkim', 'show', '../..', '--data', dir], /no mail domain/],
    ]) {
        const done = run(...args);

        assert.equal(done.status, 2, args.join(' '));
        assert.match(done.stderr, says);
    }
});

await test('a campaign with errors gives no letter, a letter that is too long is an error', () => {
    const folder = join(dir, 'long');
    const rows = Array.from({ length: 900 }, (_, i) => `| ${'word '.repeat(6)} | [a page](/faq/) of row ${'abcdefghij'[i % 10]} |`);

    cpSync('demo', folder, { recursive: true });
    writeFileSync(join(folder, 'news/2026-11-20-long.md'),
        `---\ntitle: A long one\nwithout: lead, ask, signature, archive\n---\n\n| a | b |\n|---|---|\n${rows.join('\n')}\n`);
    const check = run('check', folder, ...at);

    assert.equal(check.status, 1);
    assert.match(check.stderr, /2026-11-20-long\.md:2: error: as a letter this takes \d+ KB; mail programs cut what is over 90 KB \[mail-too-large\]/);
    assert.equal(run('mail', 'preview', folder, 'memo', '--to', '-', ...at).status, 1);
    writeFileSync(join(folder, 'news/2026-11-20-long.md'),
        `---\ntitle: A long one\nwithout: lead, ask, signature, archive\n---\n\n| a | b |\n|---|---|\n${rows.slice(0, 190).join('\n')}\n`);
    const less = run('check', folder, ...at);

    assert.equal(less.status, 0, less.stderr);
    assert.match(less.stderr, /warning: as a letter this takes \d+ KB; at 90 KB mail programs begin to cut \[mail-too-large\]/);
});

await test('two selectors take turns, and neither is taken away from letters on their way', () => {
    const data = join(dir, 'data');
    const days = (n) => ['--at', new Date(Date.now() + n * 864e5).toISOString().replace(/\.\d+Z/, 'Z')];

    mkdirSync(data);
    const first = fine('dkim', 'new', domain, '--data', data).stdout;
    assert.match(first, /^br1\./);
    assert.match(fine('dkim', 'show', domain, '--data', data).stdout, /^; br1 signs\n/);
    const second = fine('dkim', 'new', domain, '--data', data);
    assert.match(second.stdout, /^br2\./);
    assert.match(second.stderr, /br1 still signs/);
    assert.match(fine('dkim', 'show', domain, '--data', data).stdout, /^; br1 signs\n[^]*; br2 does not sign\n/);
    fine('dkim', 'use', domain, 'br2', '--data', data);
    assert.match(fine('dkim', 'show', domain, '--data', data).stdout, /; br2 signs\n/);
    assert.equal(run('dkim', 'new', domain, '--data', data).status, 2);
    assert.notEqual(recordOf(fine('dkim', 'new', domain, '--data', data, ...days(15)).stdout), recordOf(first));
    assert.equal(statSync(join(data, 'dkim', domain, 'br1.pem')).mode & 0o777, 0o600);
    assert.equal(statSync(join(data, 'dkim', domain)).mode & 0o777, 0o700);
    assert.equal(run('dkim', 'use', domain, 'br3', '--data', data).status, 2);
});

await test('a letter from the store is the one from the folder, signed with the key that signs there', () => {
    const data = join(dir, 'store');

    mkdirSync(data);
    chmodSync(data, 0o700);
    fine('load', '--data', data, 'demo', '--yes', ...at);
    fine('dkim', 'new', domain, '--data', data);
    const stored = fine('mail', 'preview', '--data', data, 'memo.es', '--to', '-', ...at);
    const folder = fine('mail', 'preview', 'demo', 'memo.es', '--to', '-', ...at);

    assert.match(stored.stdout, /^DKIM-Signature: /);
    assert.equal(stored.stdout.slice(stored.stdout.indexOf('\r\nDate: ') + 2), folder.stdout);
});

finish();
