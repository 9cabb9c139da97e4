// SPDX-License-Identifier: AGPL-3.0-or-later
//
// For tests that subscribe: a campaign's keys, the letters that postbox.c wrote down, and the links in them.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { breakroom, work } from '../lib/program.mjs';

// Keys for the only campaign of a data folder (or of `more`); gives the six words.
export function makeKeys(data, ...more) {
    const child = spawn(breakroom, ['keys', 'new', '--data', data, '--passphrase-to', '3', '--passphrase-from', '4', ...more], {
        cwd: work, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
        env: { ...process.env, LC_ALL: 'C.UTF-8', ASAN_OPTIONS: 'detect_leaks=0' }, // nobody may look into it, a sanitizer neither
    });
    let words = '';
    let stderr = '';

    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    child.stdio[4].on('error', () => {});
    child.stdio[3].setEncoding('utf8').on('data', (text) => {
        words += text;
        if (words.endsWith('\n'))
            child.stdio[4].end(words);
    });
    return new Promise((done) => {
        child.on('close', (status) => {
            assert.equal(status, 0, stderr);
            done(words.trimEnd());
        });
    });
}

// One sign-up from the form to the list: gives the path of the person's own link, "/preferences/…", and the letter.
export async function subscribe(send, postbox, address, { audience = 'parents', lang = 'en', path = '/subscribe', ...more } = {}) {
    const before = letters(postbox).length;
    const sent = await send(path, { address, audience, lang, ...more });

    assert.equal(sent.status, 303, `${address}: ${sent.status}`);
    const letter = letters(postbox)[before];

    assert.ok(letter, `no letter to ${address}`);
    const confirmed = await send(letter.paths[0], {});

    assert.equal(confirmed.status, 303);
    const [, link] = /\/preferences\/([\w-]{43})\?done=confirmed$/.exec(confirmed.headers.location);

    return { link, letter, token: letter.paths[0].split('/').at(-1) };
}

const unfolded = (head) => head.replace(/\r\n[ \t]/g, ' ');
const quotedPrintable = (text) => Buffer.from(text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (all, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
const encodedWords = (text) => text.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?Q\?([^?]*)\?=/g, (all, word) => quotedPrintable(word.replace(/_/g, ' ')));

// A letter taken apart: { raw, to, from, subject, header(name), text, html, links }.
export function readLetter(raw) {
    const [head, ...rest] = raw.split('\r\n\r\n');
    const headers = Object.fromEntries(unfolded(head).split('\r\n').map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const boundary = /boundary="?([^";]+)/.exec(headers['content-type'])[1];
    const parts = rest.join('\r\n\r\n').split(`--${boundary}`).slice(1, -1).map((part) => {
        const at = part.indexOf('\r\n\r\n');

        return { head: part.slice(0, at), body: quotedPrintable(part.slice(at + 4)) };
    });
    const text = parts.find((part) => /text\/plain/.test(part.head)).body;
    const html = parts.find((part) => /text\/html/.test(part.head))?.body ?? '';

    return {
        raw, headers, text, html, to: headers.to.replace(/^<|>$/g, ''), from: encodedWords(headers.from), subject: encodedWords(headers.subject),
        links: [...text.matchAll(/https:\/\/\S+/g)].map((m) => m[0]),
        paths: [...text.matchAll(/https:\/\/[^/\s]+(\/\S+)/g)].map((m) => m[1]),
    };
}

// All letters of a postbox so far, the oldest first.
export function letters(postbox) {
    const found = [];
    let bytes = existsSync(postbox) ? readFileSync(postbox, 'latin1') : '';

    while (bytes.length > 0) {
        const at = bytes.indexOf('\n');
        const length = Number(bytes.slice(0, at));

        found.push(readLetter(bytes.slice(at + 1, at + 1 + length)));
        bytes = bytes.slice(at + 1 + length);
    }
    return found;
}
