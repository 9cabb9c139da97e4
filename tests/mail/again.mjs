// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A newsletter that is sent again: to those who came since, and to nobody who has it, by whatever record they came. The number
// that is shown and typed is the number of records it is for. Through the commands, the real server and the recording sink.

import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { mailing, people, prepared, report, send, sink } from './house.mjs';

const KEY = 'adequate';
const FIRST = 40;
const house = await prepared(people(FIRST));
const host = await sink();
const server = await mailing(house, host.port);
const got = () => host.letters().map((letter) => letter.address.toLowerCase()).sort();
const bring = (name, addresses) => {
    const file = join(work, `${name}.csv`);

    writeFileSync(file, ['address', ...addresses].join('\n') + '\n');
    const done = run(['import', file, '--data', house.data, '--audience', 'educators', '--source', name, '--yes', String(addresses.length)]);

    assert.equal(done.status, 0, done.stderr);
};
const shown = (said) => Number(/^To (\d+) people/m.exec(said.stdout)[1]);

await test('the first time it goes to everybody', async () => {
    const said = await send(house, KEY, ['--yes', String(FIRST)]).ended;

    assert.equal(said.status, 0, said.stderr);
    assert.equal(shown(said), FIRST);
    assert.deepEqual(got(), house.list.map((p) => p.address).sort());
});

await test('everybody has it: there is nobody to send it to, and the words are not asked for', async () => {
    const said = await send(house, KEY, ['--again', '--yes', '1']).ended;

    assert.equal(said.status, 1);
    assert.match(said.stderr, /nobody to send it to: whoever asked for letters has it/);
    assert.doesNotMatch(said.stderr, /six words/);
});

await test('who came since gets it, and not who came a second time; the number is that of their records', async () => {
    const fresh = ['new.one@post.example', 'new.two@post.example', 'new.three@post.example'];
    const twice = house.list.slice(0, 2).map((p) => p.address.toUpperCase());
    const wrong = await send(house, KEY, ['--again', '--yes', String(FIRST)]).ended;

    assert.equal(wrong.status, 1);
    bring('a-second-list', [...fresh, ...twice]);
    const before = got();
    const said = await send(house, KEY, ['--again', '--yes', '5']).ended;

    assert.equal(said.status, 0, said.stderr);
    assert.equal(shown(said), 5);
    assert.match(said.stdout, /^mailing 2: /m);
    assert.deepEqual(got(), [...before, ...fresh].sort());
    assert.equal(report(house, KEY).people, 3);
});

await test('a third time: those who got it by the second, and those who never got it by their second record', async () => {
    bring('a-third-list', ['new.four@post.example']);
    const before = got();
    const said = await send(house, KEY, ['--again', '--yes', '3']).ended; // two records of the second list were left out

    assert.equal(said.status, 0, said.stderr);
    assert.deepEqual(got(), [...before, 'new.four@post.example'].sort());
});

assert.equal(await server.stop(), 0, server.stderr);
await host.stop();
finish();
