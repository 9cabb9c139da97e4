// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The mailer and a list: what a freeze makes of everybody on it, which keys open, keys that the server keeps, and a core that
// breaks off, falls silent, or cannot sign. The real process; a program plays parent and core. BUILD names the build.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { hasMachine, machine } from '../faults/machine.mjs';
import { OUTCOME, RC, VERDICT, counts, folder, playing, takenOnce } from './player.mjs';

// ---- the freeze ----

await test('a freeze: the newest wish of an address wins, whatever it is, and what cannot be written to is named', async () => {
    const rows = [
        // wish, flags, address, verdict, is one of the run in the end
        [1, 'aw', 'ana@site.example', VERDICT.taken, false],
        [2, 'aw', 'ANA@Site.Example', VERDICT.taken, true],
        [9, 'aw', 'bo@site.example', VERDICT.taken, true],
        [3, 'aw', 'bo@site.example', VERDICT.double, false], // comes later, is older
        [4, 'aw', 'cy@site.example', VERDICT.taken, false],
        [5, '-', 'cy@site.example', VERDICT.unwanted, false], // left since
        [6, '-', 'di@site.example', VERDICT.unwanted, false],
        [7, 'aw', 'di@site.example', VERDICT.taken, true], // came back
        [8, 'a', 'ed@site.example', VERDICT.unwanted, false], // another audience
        [10, 'awd', 'fay@site.example', VERDICT.damaged, false],
        [11, 'aw', 'gus+news@site.example', VERDICT.taken, true], // may be another mailbox than gus@
        [12, 'aw', 'gus@site.example', VERDICT.taken, true],
        [13, 'aw', 'g.us@site.example', VERDICT.taken, true],
        [14, 'aw', 'hal@bücher.example', VERDICT.taken, false],
        [15, 'aw', 'hal@xn--bcher-kva.example', VERDICT.taken, true], // the same domain
        [16, 'aw', 'josé@site.example', VERDICT.undeliverable, false],
        [17, 'aw', 'nobody', VERDICT.undeliverable, false],
        [18, '-', 'josé@other.example', VERDICT.unwanted, false],
        [19, 'aw', 'ida@site.example', VERDICT.taken, true],
    ];

    await playing({}, async (player, sink) => {
        await player.people(rows);
        const frozen = await player.freeze(1);
        const site = frozen.verdicts[0].site;

        assert.deepEqual(frozen.verdicts.map((v) => v.verdict), rows.map((row) => row[3]));
        assert.deepEqual(frozen.verdicts.filter((v) => v.verdict === VERDICT.taken).map((v) => v.person),
            Array.from({ length: frozen.people }, (_, i) => i));
        assert.equal(frozen.people - frozen.doubles, rows.filter((row) => row[4]).length);
        assert.deepEqual(frozen.sites.map((s) => [s.people, s.name]), [[7, 'site.example'], [1, null]]);
        assert.ok(frozen.verdicts.every((v) => v.verdict !== VERDICT.taken || v.site === site || v.site === frozen.sites[1].site));

        await player.say('reset');
        await player.say('letters 1 500');
        const from = player.mark();

        await player.say(`send 1 1 60000 1 0 ${frozen.people}`);
        await player.all(frozen.people - frozen.doubles, from);
        assert.deepEqual(sink.events('taken').map((event) => event.to).sort(), [
            'ANA@site.example', 'bo@site.example', 'di@site.example', 'g.us@site.example', 'gus+news@site.example',
            'gus@site.example', 'hal@xn--bcher-kva.example', 'ida@site.example']);
    });
});

await test('whoever has the letter of an earlier run gets none by another record, whenever that came', async () => {
    const rows = [
        // wish, flags (h: that record has it), address, verdict, is one of the run in the end
        [1, 'awh', 'ana@site.example', VERDICT.unwanted, false],
        [2, 'aw', 'Ana@Site.Example', VERDICT.double, false], // newer, and the same person
        [3, 'aw', 'bo@site.example', VERDICT.taken, false],
        [4, 'h', 'bo@site.example', VERDICT.unwanted, false], // left meanwhile, by the one that was reached
        [5, 'aw', 'bo@site.example', VERDICT.double, false], // and came back
        [-9, 'awh', 'cy@site.example', VERDICT.unwanted, false], // was imported
        [-8, 'aw', 'cy@site.example', VERDICT.double, false], // and once more
        [6, 'awhd', 'di@site.example', VERDICT.damaged, false],
        [7, 'aw', 'di@site.example', VERDICT.taken, true], // whose the other was, nobody knows
        [8, 'a', 'ana@site.example', VERDICT.unwanted, false],
        [9, 'aw', 'ed@site.example', VERDICT.taken, true],
    ];

    await playing({}, async (player) => {
        await player.people(rows);
        const frozen = await player.freeze(1);

        assert.deepEqual(frozen.verdicts.map((v) => v.verdict), rows.map((row) => row[3]));
        assert.equal(frozen.people - frozen.doubles, rows.filter((row) => row[4]).length);
        assert.deepEqual(frozen.sites.map((s) => s.people), [2]);
    });
});

await test('a domain of fewer than five people has no name, not even when it had five for a while', async () => {
    await playing({}, async (player) => {
        for (let i = 0; i < 5; i++)
            await player.say(`person ${i + 1} aw p${i}@five.example`);
        for (let i = 0; i < 5; i++)
            await player.say(`person ${i + 10} aw p${i}@was-five.example`);
        await player.say('person 20 - p0@was-five.example');
        const { sites } = await player.freeze(1);

        assert.deepEqual(sites.map((s) => [s.people, s.name]), [[5, 'five.example'], [4, null]]);
    });
});

await test('keys: a wrong secret opens nothing, a key is opened again, and there is room for so many runs', async () => {
    await playing({ people: 20 }, async (player, sink) => {
        assert.equal(await player.unlocks('unlock 1 wrong'), RC.invalid);
        assert.equal(await player.unlocks('freeze 2 other'), RC.invalid);
        await player.say('forget 1');
        assert.equal(await player.unlocks('unlock 1'), 0);
        await player.say('letters 1 500');
        const from = player.mark();

        await player.say('send 1 1 60000 1 0 20');
        assert.deepEqual(counts(await player.all(20, from), 'outcome'), { [OUTCOME.sent]: 20 });
        assert.equal(takenOnce(sink).size, 20);
        for (let run = 2; run <= 16; run++)
            await player.freeze(run);
        assert.equal(await player.unlocks('freeze 17'), RC.limit);
        await player.say('forget 5');
        await player.freeze(17);
        assert.deepEqual((await player.pair()).slice(1).sort((a, b) => a - b), [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    });
});

await test('two who unlock the same run: it goes on with what it says', async () => {
    await playing({ people: 40 }, async (player) => {
        const from = player.mark();

        await player.say('send 1 1 60000 1 0 20');
        await player.all(20, from);
        assert.equal(await player.unlocks('unlock 1'), 0);
        await player.say('send 1 1 60000 1 20 20');
        assert.deepEqual(counts(await player.all(40, from), 'outcome'), { [OUTCOME.sent]: 40 });
    });
});

await test('without a key to sign with no list is opened', async () => {
    await playing({ data: folder({ signs: false }) }, async (player) => {
        await player.say('people 3 1');
        assert.equal(await player.unlocks('freeze 1'), RC.notFound);
        assert.deepEqual((await player.pair()).slice(1), []);
    });
});

// ---- keys that the server keeps ----

const keyed = (data, digit) => {
    writeFileSync(join(data, 'server.key'), `breakroom server key 1 ${digit.repeat(64)}\n`, { mode: 0o600 });
    return `server_key=${join(data, 'server.key')}`;
};

await test('a key that the server keeps opens without a word, and with the same server.key alone', async () => {
    const data = folder();

    await playing({ data, player: [keyed(data, '5')], people: 60 }, async (player, sink) => {
        const from = player.mark();

        assert.ok(player.lines.includes('kept 1'));
        await player.say('send 1 1 60000 1 0 20');
        await player.all(20, from);
        await player.kill();
        assert.deepEqual((await player.up()).slice(1), []);
        assert.equal(await player.unlocks('open 1 wrong'), RC.invalid);
        assert.deepEqual((await player.pair()).slice(1), []);
        assert.equal(await player.unlocks('open 1'), 0);
        await player.say('letters 1 500');
        await player.say('send 1 2 60000 1 20 40');
        assert.deepEqual(counts(await player.all(60, from), 'outcome'), { [OUTCOME.sent]: 60 });
        assert.equal(takenOnce(sink).size, 60);
        await player.kill();
        keyed(data, '6');
        await player.up();
        assert.equal(await player.unlocks('open 1'), RC.invalid);
        const before = player.mark();

        assert.equal(await player.unlocks('unlock 1'), 0);
        assert.ok(player.lines.slice(before).includes('kept 1'), 'from now on this one keeps it');
        await player.kill();
        await player.up();
        assert.equal(await player.unlocks('open 1'), 0);
    });
});

await test('without the setting nothing is kept, and nothing opens without a word', async () => {
    await playing({ people: 5 }, async (player) => {
        assert.ok(!player.lines.includes('kept 1'));
        await player.kill();
        await player.up();
        assert.equal(await player.unlocks('open 1'), RC.invalid);
    });
});

await test('a freeze that is broken off answers nobody any more, and the next begins from the start', async () => {
    await playing({}, async (player) => {
        await player.say('people 700 5');
        await player.half(1, 700);
        assert.equal(await player.unlocks('freeze 2'), RC.limit, 'one at a time');
        await player.say('unpair');
        assert.deepEqual((await player.pair()).slice(1), [1]);
        const { people, doubles } = await player.freeze(3);

        assert.deepEqual([people, doubles], [700, 0]);
        await player.half(4, 700);
        await player.say('break 4');
        assert.equal((await player.freeze(5)).people, 700);
        await player.half(6, 700);
        await player.say('forget 6');
        assert.equal((await player.freeze(7)).people, 700);
    });
});

if (hasMachine) {
    await test('a core that falls silent in the middle of a freeze: a minute, then the secret goes, and core hears of it', async () => {
        const m = machine();

        await playing({ env: m.env }, async (player) => {
            await player.say('people 700 5');
            const secret = Buffer.alloc(32, 7); // the seed of the mailing key

            await player.half(1, 700);
            m.passes(55);
            await player.say('forget 9'); // whatever wakes it
            assert.deepEqual((await player.pair()).slice(1), [1], 'it had no patience');
            await player.half(2, 700);
            const from = player.mark();

            assert.ok(player.memory([secret]).length === 1, 'this way nothing is found');
            m.passes(61);
            await player.say('forget 9');
            assert.equal(await player.line(/^unlocked 2 /, from), `unlocked 2 ${RC.denied}`);
            assert.deepEqual(player.memory([secret]), [], 'the secret is still there');
            assert.equal((await player.freeze(3)).people, 700);
        });
    });
}

finish();
