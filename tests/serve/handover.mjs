// SPDX-License-Identifier: AGPL-3.0-or-later
//
// handover = server: a server that was killed in the middle of a mailing goes on alone, and so does another copy of it on
// the same PostgreSQL; without the setting, or with another server.key, it waits for the six words and says why. What is
// kept for that goes when the mailing ends. And the pages on which people read what is kept say so. A list that nobody could
// sign letters for is not opened.
//
// LONG=1 waits a minute until a dead copy's lease runs out; else the test ends it in the store.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, run, work } from '../lib/program.mjs';
import { HOST, copied, mailing, people, prepared, report, send, sink, sleep, story, unlock } from '../mail/house.mjs';
import { killed, text, until } from './server.mjs';

const PEOPLE = 700;
const KEY = 'adequate';
const CONNECTIONS = 4;
const HANDOVER = 'handover = server\n';
const SLOW = ['--rule', 'dot * slow 4']; // a mailing lasts long enough to be killed in its middle
const ini = (more = '') => ({ ini: `smtp_connections = ${CONNECTIONS}\n${more}` });
const template = await prepared(people(PEOPLE));

const DONE = 5;
const over = async (house, seconds = 60) => {
    await until('nobody waits', () => {
        const told = report(house, KEY);

        return told.waiting + told.deferred + told.claimed === 0;
    }, seconds);
};
const begun = async (house, host) => {
    send(house, KEY, ['--yes', String(PEOPLE)]);
    await until('the first letters', () => host.letters().length > 60, 60);
    assert.ok(host.letters().length < PEOPLE / 2, 'too quick for this test');
};
// Everybody has it once, or may: gives the report.
const once = (house, host) => {
    const told = story(house, KEY, host);

    assert.equal(told.sent + told.in_doubt, PEOPLE, JSON.stringify({ ...told, sites: undefined }));
    return told;
};
const waits = (house) => until('it waits', () => report(house, KEY).needs_unlock);
// As soon as core and mailer have found each other.
const unlocked = (house) => until('an unlock', async () => (await unlock(house).ended).status === 0);

// A house with its sink and a server of this setting, and `body` with them. What was started is ended.
async function beside(body, { setting = HANDOVER, rules = SLOW } = {}) {
    const house = copied(template);
    const host = await sink(rules);
    const t = { house, host, server: await mailing(house, host.port, ini(setting)) };

    // Killed, and started with another setting, or the same.
    t.anew = async (next = HANDOVER) => {
        await killed(t.server);
        t.server = await mailing(house, host.port, ini(next));
    };
    try {
        await body(t);
    } finally {
        await t.server.stop();
        await host.stop();
    }
}

// Bytes of a kept key; what follows in the text of the schema is a colon.
const storeHasKey = (house) => readdirSync(join(house.data, 'store'))
    .some((name) => /BRA1[^:]/.test(readFileSync(join(house.data, 'store', name), 'latin1')));
// What the administrator sees.
const list = (house) => run(['send', '--list', '--data', house.data]).stdout;
const status = (house) => run(['status', '--data', house.data]).stdout;
const SENTENCE = { en: 'this server keeps the key to the addresses that still wait for it', es: 'este servidor guarda la llave de las direcciones que aún la esperan' };

await test('killed in the middle of a mailing, it goes on alone, and keeps nothing at the end', async () => {
    await beside(async (t) => {
        await begun(t.house, t.host);
        assert.ok(storeHasKey(t.house));
        await t.anew();
        await over(t.house);
        const told = once(t.house, t.host);

        assert.ok(told.in_doubt <= CONNECTIONS, `${told.in_doubt} in doubt`);
        if (told.in_doubt)
            run(['send', '--leave', '--data', t.house.data]);
        await until('the mailing ends', () => report(t.house, KEY).state === DONE);
        assert.equal(await t.server.stop(), 0, t.server.stderr);
        assert.ok(!storeHasKey(t.house), 'the key is in the store still');
    });
});

await test('without the setting it waits for the words; and what was kept goes with the setting', async () => {
    await beside(async (t) => {
        await begun(t.house, t.host);
        await t.anew('handover = no\n');
        await waits(t.house);
        const before = t.host.letters().length;

        await sleep(1500);
        assert.equal(t.host.letters().length, before, 'letters without a key');
        assert.match(status(t.house), /, waits for an unlock$/m);
        await t.anew(); // nothing is left to go on with
        await waits(t.house);
        await unlocked(t.house);
        await t.anew(); // an unlock counts from then on
        await over(t.house);
        once(t.house, t.host);
    });
});

await test('with another server.key it says so, and waits for the words', async () => {
    await beside(async (t) => {
        await begun(t.house, t.host);
        writeFileSync(join(t.house.data, 'server.key'), `breakroom server key 1 ${'5'.repeat(64)}\n`, { mode: 0o600 });
        await t.anew();
        await waits(t.house);
        assert.match(list(t.house), /waits for an unlock, since its key was kept under another server\.key: “breakroom send --unlock”/);
        assert.match(status(t.house), /waits for an unlock: what is kept of its key is under another server's key$/m);
        await unlocked(t.house);
        await over(t.house);
        once(t.house, t.host);
    });
});

await test('the pages on which people read what is kept say so, in both languages, and only then', async () => {
    const house = copied(template);
    const host = await sink();

    for (const setting of ['', HANDOVER]) {
        const server = await mailing(house, host.port, { ini: setting });

        try {
            for (const path of ['/privacy', '/subscribe'])
                for (const [lang, words] of Object.entries(SENTENCE)) {
                    const page = await text(server, `${lang === 'es' ? '/es' : ''}${path}`, { host: HOST });

                    assert.equal(page.includes(words), setting !== '', `${path} in ${lang}, “${setting.trim()}”`);
                }
        } finally {
            assert.equal(await server.stop(), 0, server.stderr);
        }
    }
    await host.stop();
});

await test('two copies on one PostgreSQL: one is killed, and the other goes on without a word', async () => {
    const url = process.env.TEST_POSTGRES;

    if (!url)
        skip('needs a PostgreSQL: TEST_POSTGRES');
    const key = join(work, 'shared.key');
    const more = `${HANDOVER}db = ${url}\nserver_key = ${key}\n`;
    const one = await prepared(people(PEOPLE), { db: url });
    const two = copied(one);
    const host = await sink(SLOW);

    writeFileSync(key, `breakroom server key 1 ${'7'.repeat(64)}\n`, { mode: 0o600 });
    const dead = await mailing(one, host.port, ini(more));
    let back = null;
    let other = null;

    try {
        await begun(one, host);
        other = await mailing(two, host.port, ini(more));
        await killed(dead);
        if (!process.env.LONG)
            execFileSync('psql', ['-q', url, '-c', 'UPDATE run SET lease_until = 0']);
        await over(two, 120);
        const told = once(two, host);

        back = await mailing(one, host.port, ini(more)); // its journal knows more than the other could
        await until('doubts are settled', () => report(one, KEY).in_doubt < told.in_doubt || told.in_doubt === 0);
        once(one, host);
        run(['send', '--leave', '--data', two.data]);
        await until('the mailing ends', () => report(two, KEY).state === DONE);
        assert.equal(execFileSync('psql', ['-qtA', url, '-c', 'SELECT count(*) FROM run_kept'], { encoding: 'utf8' }).trim(), '0');
    } finally {
        await dead.stop();
        await other?.stop();
        await back?.stop();
        await host.stop();
    }
});

await test('a key to sign with that is none: the server does not open the list, whatever the command says', async () => {
    const house = copied(template);
    const host = await sink();
    const keys = join(house.data, 'dkim', HOST);

    writeFileSync(join(keys, readdirSync(keys).find((name) => name.endsWith('.pem'))), 'no key');
    const server = await mailing(house, host.port);

    try {
        let said = { stderr: '' };

        await until('a mailer', async () => {
            said = await send(house, KEY, ['--yes', String(PEOPLE)]).ended;
            return !/mailer is not there/.test(said.stderr);
        });
        assert.equal(said.status, 2);
        assert.match(said.stderr, /the server has no key that it could sign letters from baysideeducators\.example with, .*“breakroom dkim new baysideeducators\.example”.*nothing was sent/);
        assert.equal(host.letters().length, 0);
        await until('no mailing', () => !/adequate/.test(list(house)));
    } finally {
        await server.stop();
        await host.stop();
    }
});

await test('what core may read is no place for a key that opens mailings', async () => {
    const house = copied(template);

    writeFileSync(join(house.data, 'server.ini'), `db = postgres://x@localhost/x\nserver_key = /etc/hostname\nsmart_host = 127.0.0.1:9\n${HANDOVER}`);
    const said = run(['serve', '--data', house.data, '--listen', '127.0.0.1:0', '--at', AT]);

    assert.equal(said.status, 2);
    assert.match(said.stderr, /server_key, with handover = server: core could read \/etc\/hostname, .* put the file into the data folder/);
});

finish();
