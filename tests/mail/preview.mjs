// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `breakroom mail preview … --to ADDRESS`: one letter, really sent, through the server's mailer and its smart host. It is the
// letter that everybody would get, but for a subject that says what it is and links that are nobody's. BUILD names the build.

import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT, folder, newsletter, run, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { ask, serve, until } from '../serve/server.mjs';
import { readLetter } from '../serve/subscribers.mjs';
import { HOST, mailing, people, prepared, sink } from './house.mjs';

const TO = 'me@home.example';
const dir = folder((at) => newsletter(at, '2026-11-30-not-yet', 'Not for anybody yet.', 'draft: yes\n'));
const house = await prepared(people(3), { folder: dir });
const letters = join(work, 'letters');

mkdirSync(letters);
const host = await sink(['--dump', letters]);
const server = await mailing(house, host.port);
const preview = (key, to = TO, ...more) => run(['mail', 'preview', '--data', house.data, key, '--to', to, ...more]);
const refused = (result, sentence) => {
    assert.equal(result.status, 2, result.stderr);
    assert.match(result.stderr, sentence);
};
let got = 0;
// The letter that comes now.
async function next() {
    await until('a letter', () => host.letters().length > got);
    got += 1;
    assert.equal(host.letters().length, got, 'one, and no more');
    return { ...readLetter(readFileSync(join(letters, String(got)), 'latin1')), envelope: host.letters()[got - 1].address };
}

await test('it comes: the letter that goes to everybody, signed, and its subject says that it is a preview', async () => {
    const result = preview('adequate');

    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stderr, /^adequate is on its way to me@home\.example; /);
    const letter = await next();
    const file = join(work, 'as-file.eml');

    assert.equal(run(['mail', 'preview', '--data', house.data, 'adequate', '--to', file, '--at', AT]).status, 0);
    const usual = readLetter(readFileSync(file, 'latin1'));
    const nobody = (text) => text.replace(/(leave|preferences)\/[\w-]+/g, '$1/TOKEN');

    assert.equal(letter.envelope, TO);
    assert.equal(letter.to, TO);
    assert.equal(letter.subject, `Preview: ${usual.subject}`);
    assert.equal(nobody(letter.text), nobody(usual.text));
    assert.equal(nobody(letter.html), nobody(usual.html));
    assert.equal(letter.headers['list-id'], usual.headers['list-id']);
    assert.match(letter.headers['dkim-signature'], new RegExp(`d=${HOST};`));
});

await test('its links to leave are nobody\'s', async () => {
    const letter = readLetter(readFileSync(join(letters, '1'), 'latin1'));
    const [path] = letter.paths.filter((one) => one.includes('/leave/'));

    assert.equal((await ask(server, path, { host: HOST })).status, 404);
});

await test('in Spanish when that is asked for, its subject too', async () => {
    assert.equal(preview('memo.es').status, 0);
    const { subject, text } = await next();

    assert.match(subject, /^Prueba: /);
    assert.match(text, /Darme de baja/);
});

await test('a draft too: that is when one wants to see it; and as often as one likes', async () => {
    for (let i = 0; i < 2; i++) {
        assert.equal(preview('not-yet').status, 0);
        assert.match((await next()).text, /Not for anybody yet/);
    }
    assert.match(run(['send', 'not-yet', '--data', house.data, '--yes', '3']).stderr, /it is a draft/);
});

await test('nobody else gets anything, and no mailing was made of it', () => {
    assert.equal(host.letters().length, got);
    assert.ok(host.letters().every(({ address }) => address === TO));
    assert.match(run(['send', '--list', '--data', house.data]).stdout, /nothing was sent yet/);
});

await test('what is wrong is said, and nothing is sent', () => {
    refused(preview('adequat'), /there is no newsletter “adequat”; did you mean “adequate”\?/);
    refused(preview('adequate.fr'), /there is no newsletter “adequate\.fr”/);
    refused(preview('adequate', 'me@home example'), /no address that mail can go to/);
    refused(preview('adequate', '@'), /no address that mail can go to/);
    refused(preview('adequate', 'me'), /where to\?/);
    refused(preview('adequate', TO, '--key', 'br1.pem'), /--key is for files/);
    refused(preview('adequate', TO, '--campaign', 'other.example'), /other\.example/);
    refused(run(['mail', 'preview', dir, 'adequate', '--to', TO]), /letters are sent by a server: --data D names its folder/);
    assert.equal(host.letters().length, got);
});

await test('without a smart host, and without a server, it says so', async () => {
    await server.stop();
    refused(preview('adequate'), /no server runs on /);
    writeFileSync(join(house.data, 'server.ini'), '', { mode: 0o600 });
    const mute = await serve(['serve', '--data', house.data, '--listen', '127.0.0.1:0', '--at', AT]);

    refused(preview('adequate'), /the server has no smart host, so it cannot send: name one in server\.ini and start it anew; nothing was sent/);
    await mute.stop();
});

await host.stop();
finish();
