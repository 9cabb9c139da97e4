// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The mailer and letters: runs, notices, what it leaves behind, how it signs on at the smart host. The real process, the real
// sink; a program plays parent and core. What core was told, what the journal says and what the sink holds must be one
// story. BUILD names the build. Lists are mailer_freeze.mjs's, ends mailer_dies.mjs's.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned } from '../lib/certificate.mjs';
import { finish, skip, test } from '../lib/tap.mjs';
import { hasMachine } from '../faults/machine.mjs';
import { AWAY, DOMAIN, OUTCOME, Player, breakroom, counts, folder, numberOf, playing, sorted, takenOnce } from './player.mjs';
import { Sink, dir, eventually } from './sink.mjs';

// What a sanitizer keeps is larger than any buffer, and nobody's but its own.
const memoryTest = hasMachine ? test : () => {};

// ---- sending ----

await test('everyone once: results, journal and sink say the same; letters are signed, and named the same each time', async () => {
    const dump = join(dir, 'signed');

    mkdirSync(dump);
    await playing({ sink: ['--dump', dump], people: 600 }, async (player, sink) => {
        const from = player.mark();

        await player.say('send 1 7 60000 1 0 600');
        const results = await player.all(600, from);

        assert.deepEqual(counts(results, 'outcome'), { [OUTCOME.sent]: 600 });
        assert.ok(results.every((r) => r.fence === 7 && r.attempt === 1 && r.code === 250));
        assert.equal(takenOnce(sink).size, 600);
        const { isOfThisBoot, entries } = await player.journal();

        assert.ok(isOfThisBoot);
        assert.deepEqual(counts(entries, 'outcome'), { [OUTCOME.sent]: 600 });
        assert.ok(entries.every((e) => e.run === 1 && e.fence === 7 && e.code === 250));
        const ids = new Map(sink.events('taken').map((event) => [event.to, event.id]));

        assert.equal(new Set(ids.values()).size, 600);
        await player.say('hand 1 8 60000 2 3 4 5');
        await player.all(603, from);
        for (const event of sink.events('taken').slice(600))
            assert.equal(event.id, ids.get(event.to));
    });
    for (const file of readdirSync(dump).slice(0, 20)) {
        const letter = readFileSync(join(dump, file), 'latin1');

        assert.match(letter, /^DKIM-Signature: v=1; a=rsa-sha256; [^]*?d=bayside\.example;\s+s=br1;/);
        assert.match(letter, /^Date: Tue, 31 Mar 2026 23:33:20 \+0000\r$/m);
        assert.match(letter, /^List-Unsubscribe: <https:\/\/bayside\.example\/leave\/[A-Za-z0-9_-]{43}>\r$/m);
    }
});

await test('claims of two numbers at once: each result is of its own', async () => {
    await playing({ people: 60 }, async (player) => {
        await player.say('send 1 1 60000 1 0 30');
        await player.say('send 1 2 60000 1 30 30');
        const results = await player.all(60, 0);

        assert.ok(results.every((r) => r.fence === (r.person < 30 ? 1 : 2)));
        assert.ok((await player.journal()).entries.every((e) => e.fence === (e.person < 30 ? 1 : 2)));
    });
});

await test('a key that signs now is used from the next run on', async () => {
    const dump = join(dir, 'rotated');
    const data = folder();
    const selectors = () => readdirSync(dump).map((file) => /;\s+s=(br\d);/.exec(readFileSync(join(dump, file), 'latin1'))[1]).sort();

    mkdirSync(dump);
    await playing({ sink: ['--dump', dump], data, people: 4 }, async (player) => {
        await player.freeze(2);
        await player.say('send 1 1 60000 1 0 2');
        await player.all(2, 0);
        assert.equal(spawnSync(breakroom, ['dkim', 'new', DOMAIN, '--data', data]).status, 0);
        assert.equal(spawnSync(breakroom, ['dkim', 'use', DOMAIN, 'br2', '--data', data]).status, 0);
        await player.say('send 1 2 60000 1 2 2');
        await player.say('letters 2 500');
        await player.say('send 2 1 60000 1 0 3');
        await player.all(7, 0);
    });
    assert.deepEqual(selectors(), ['br1', 'br1', 'br1', 'br1', 'br2', 'br2', 'br2']);
});

await test('a key that goes or breaks meanwhile: nobody is written to, it costs an attempt, and one that comes back signs', async () => {
    const dump = join(dir, 'unsigned');
    const data = folder();
    const keys = join(data, 'dkim', DOMAIN);
    const away = join(data, 'away');

    mkdirSync(dump);
    await playing({ sink: ['--dump', dump], data, people: 6 }, async (player, sink) => {
        await player.say('send 1 1 60000 1 0 1');
        await player.all(1, 0);
        renameSync(keys, away);
        await player.say('letters 1 500');
        await player.say('send 1 1 60000 1 1 2');
        assert.deepEqual(counts(await player.all(3, 0), 'outcome'), { [OUTCOME.sent]: 1, [OUTCOME.deferred]: 2 });
        mkdirSync(keys);
        writeFileSync(join(keys, 'br1.pem'), 'no key');
        assert.equal(spawnSync('ln', ['-s', 'br1.pem', join(keys, 'current')]).status, 0);
        await player.say('letters 1 500');
        await player.say('send 1 1 60000 1 3 2');
        assert.deepEqual(counts(await player.all(5, 0), 'outcome'), { [OUTCOME.sent]: 1, [OUTCOME.deferred]: 4 });
        await player.say('notice eve@site.example');
        await eventually(() => /mailer\.letter_not_made/.test(player.stderr));
        assert.equal(sink.events('taken').length, 1);
        rmSync(keys, { recursive: true });
        renameSync(away, keys);
        for (let attempt = 2; !player.results().some((r) => r.person === 5 && r.outcome === OUTCOME.sent); attempt++) {
            await player.say(`send 1 1 60000 ${attempt} 5 1`); // no word of letters: the run has them still
            await player.all(4 + attempt, 0);
            await new Promise((done) => { setTimeout(done, 200); });
        }
        assert.equal(player.stderr.match(/mailer\.no_dkim_key fault=ours/g).length >= 2, true);
    });
    for (const file of readdirSync(dump))
        assert.match(readFileSync(join(dump, file), 'latin1'), /^DKIM-Signature: /);
    assert.equal(readdirSync(dump).length, 2);
});

await test('4xx and 5xx at every point: an outcome each, with its code and class', async () => {
    const rules = ['rcpt person1* 550 5.1.1 nobody', 'rcpt person2* 450 4.2.2 full', 'dot person3* 451 4.3.0 later', 'dot person4* 554 5.7.1 no',
        'mail #40 452 4.3.1 later'].flatMap((rule) => ['--rule', rule]);

    await playing({ sink: rules, people: 500 }, async (player, sink) => {
        const from = player.mark();

        await player.say('send 1 1 60000 1 0 500');
        const results = await player.all(500, from);
        const of = (digit) => results.filter((r) => String(r.person).startsWith(digit));

        assert.ok(of('1').filter((r) => r.outcome === OUTCOME.failed && r.code === 550 && r.why === 1).length >= 110);
        assert.ok(of('2').filter((r) => r.outcome === OUTCOME.deferred && r.code === 450 && r.why === 2).length >= 110);
        assert.ok(of('3').filter((r) => r.outcome === OUTCOME.deferred && r.code === 451).length >= 110);
        assert.ok(of('4').filter((r) => r.outcome === OUTCOME.failed && r.code === 554 && r.why === 3).length >= 110);
        const sent = new Set(results.filter((r) => r.outcome === OUTCOME.sent).map((r) => r.person));

        assert.deepEqual(sorted(takenOnce(sink)), sorted(sent));
        for (const entry of (await player.journal()).entries)
            assert.equal(entry.outcome, results.find((r) => r.person === entry.person).outcome);
    });
});

await test('no last dot after the moment that core named', async () => {
    await playing({ people: 300 }, async (player, sink) => {
        const from = player.mark();

        await player.say('send 1 1 0 1 0 300');
        assert.deepEqual(counts(await player.all(300, from), 'outcome'), { [OUTCOME.unsent]: 300 });
        assert.deepEqual(sink.events('taken'), []);
        assert.deepEqual((await player.journal()).entries, []);
    });
});

await test('nor for who is at the host by then', async () => {
    await playing({ sink: ['--all', '--rule', 'data * hold'], people: 4 }, async (player, sink) => {
        const isThere = () => sink.commands().includes('DATA');
        let from = player.mark();
        let ms = 1000;

        for (let fence = 1; !isThere(); fence += 1, ms *= 4) { // long enough for somebody to get there
            from = player.mark();
            await player.say(`send 1 ${fence} ${ms} 1 0 4`);
            await eventually(() => isThere() || player.results(from).length === 4);
        }
        await new Promise((done) => { setTimeout(done, ms); });
        await sink.say('release');
        assert.deepEqual(counts(await player.all(4, from), 'outcome'), { [OUTCOME.unsent]: 4 });
        assert.deepEqual(sink.events('taken'), []);
        assert.deepEqual((await player.journal()).entries, []);
    });
});

await test('whoever has had their last dot stands in the journal, and stays there', async () => {
    await playing({ sink: ['--rule', 'dot * silence'], people: 30 }, async (player, sink) => {
        await player.say('send 1 1 60000 1 0 30');
        await eventually(() => sink.events('held').length >= 8);
        const held = sorted(sink.events('held').map((event) => numberOf(event.to)));
        const { entries } = await player.journal();

        assert.deepEqual(sorted(entries.map((e) => e.person)), held);
        assert.deepEqual(counts(entries, 'outcome'), { [OUTCOME.doubt]: 8 });
        await player.say('reset'); // too early: it would forget them
        await eventually(() => /mailer\.reset_too_early/.test(player.stderr), 'a word about it');
        assert.deepEqual(sorted((await player.journal()).entries.map((e) => e.person)), held);
    });
});

await test('a host that is away: core hears of it, nobody loses an attempt, and comes back when the time is over', async () => {
    await playing({ people: 300 }, async (player, sink) => {
        await sink.say('refuse');
        const from = player.mark();

        await player.say('send 1 1 1500 1 0 300');
        await player.line(new RegExp(`^host ${AWAY} `), from);
        assert.deepEqual(counts(await player.all(300, from), 'outcome'), { [OUTCOME.unsent]: 300 });
        assert.deepEqual((await player.journal()).entries, []);
    });
});

await test('a journal that says nothing of this boot has to begin anew before anything goes out', async () => {
    await playing({}, async (player, sink) => {
        await player.say('people 10 1');
        await player.freeze(1);
        await player.say('letters 1 500');
        await player.say('send 1 1 60000 1 0 10');
        assert.deepEqual(counts(await player.all(10, 0), 'outcome'), { [OUTCOME.unsent]: 10 });
        assert.deepEqual(sink.events('taken'), []);
        await player.say('reset');
        const from = player.mark();

        await player.say('send 1 2 60000 1 0 10');
        assert.deepEqual(counts(await player.all(10, from), 'outcome'), { [OUTCOME.sent]: 10 });
    });
});

await test('it says that it lives while it sends', async () => {
    await playing({ people: 600 }, async (player) => {
        await player.say('send 1 1 60000 1 0 600');
        const from = player.mark();

        await player.say('beat');
        await player.line(/^alive$/, from);
        assert.ok(player.results(0).length < 600);
        await player.all(600, 0);
    });
});

// ---- notices ----

await test('a notice goes out, before letters that wait, in no journal, and to nobody who is no address', async () => {
    const dump = join(dir, 'notices');

    mkdirSync(dump);
    await playing({ sink: ['--dump', dump], people: 2000, player: ['connections=2'] }, async (player, sink) => {
        await player.say('send 1 1 60000 1 0 2000');
        await player.all(20, 0);
        await player.say('notice eve@other.example');
        await player.say('notice eve>@other.example');
        await eventually(() => sink.events('taken').some((event) => event.to === 'eve@other.example'));
        const before = sink.events('taken').findIndex((event) => event.to === 'eve@other.example');

        assert.ok(before < 1000, `${before} letters went before it`);
        await player.all(2000, 0);
        assert.equal((await player.journal()).entries.length, 2000);
        const letter = readdirSync(dump).map((file) => readFileSync(join(dump, file), 'latin1')).find((text) => text.includes('eve@other'));

        assert.match(letter, /^DKIM-Signature: .*/);
        assert.match(letter, /^Auto-Submitted: auto-generated\r$/m);
        assert.match(player.stderr, /mailer\.letter_not_made fault=ours rc=invalid/);
    });
});

await test('a notice that is put off is not tried again at once; one that is refused never', async () => {
    await playing({ sink: ['--all', '--rule', 'rcpt later* 450 4.2.0 later', '--rule', 'rcpt no* 550 5.1.1 no'] }, async (player, sink) => {
        await player.say('notice later@site.example');
        await player.say('notice no@site.example');
        await eventually(() => sink.events('refused').length === 2 || /notice_over outcome=3/.test(player.stderr));
        await player.say('notice then@site.example');
        await eventually(() => sink.events('taken').length === 1);
        assert.deepEqual(sink.events('taken').map((event) => event.to), ['then@site.example']);
        assert.equal(sink.commands().filter((line) => /^RCPT TO:<(later|no)@/.test(line)).length, 2, 'once each');
    });
});

await test('notices go out while there is no core, and wait for nobody', async () => {
    await playing({}, async (player, sink) => {
        await sink.say('refuse');
        await player.say('notice eve@site.example');
        await player.line(new RegExp(`^host ${AWAY} `));
        await player.say('unpair');
        await sink.say('accept');
        await eventually(() => sink.events('taken').length === 1);
    });
});

// ---- what it must not leave behind ----

await memoryTest('no address in journal, log or memory once all have their outcome; no secret after a freeze or an unlock', async () => {
    await playing({ people: 300 }, async (player, sink) => {
        const secret = Buffer.alloc(32, 7); // the seed of the mailing key

        await player.say('notice somebody.unusual@other.example');
        await player.say('send 1 1 60000 1 0 300');
        await player.all(300, 0);
        await eventually(() => sink.events('taken').length === 301);
        await player.say('forget 1');
        await player.say('reset');
        assert.equal(await player.unlocks('half 2'), 0); // a freeze that is broken off
        await player.say('break 2');
        assert.equal(await player.unlocks('unlock 1'), 0); // and an unlock alone
        await player.pair();
        for (const text of [player.stderr, readFileSync(join(player.data, 'mailer.journal'), 'latin1')])
            assert.ok(!/unusual|@site|@other|somebody/.test(text));
        let found;

        try {
            found = player.memory([secret, Buffer.from('.unusual'), Buffer.from('@site1.'), Buffer.from('somebody.'),
                Buffer.from('@other.example')]);
        } catch (error) {
            skip(`its memory cannot be read here: ${error.code}`);
        }
        assert.deepEqual(found, []);
    });
});

await memoryTest('the way it is looked at finds what is there', async () => {
    await playing({ sink: ['--rule', 'dot * silence'], people: 30 }, async (player, sink) => {
        await player.say('send 1 1 60000 1 0 30');
        await eventually(() => sink.events('held').length >= 8);
        try {
            assert.deepEqual(player.memory([Buffer.from('.unusual@site')]), ['.unusual@site']);
        } catch (error) {
            if (error.code === 'ERR_ASSERTION')
                throw error;
            skip(`its memory cannot be read here: ${error.code}`);
        }
    });
});

// ---- passwords ----

await test('a user and a password, from a file that is nobody else’s, over TLS', async () => {
    const file = join(dir, 'password');
    const [cert, key] = selfSigned(dir);

    writeFileSync(file, 'zanahoria secreta\n', { mode: 0o600 });
    const player = ['tls=1', 'user=news', `password_file=${file}`, `ca_file=${cert}`];

    await playing({
        sink: ['--tls', 'start', '--cert', cert, '--key', key, '--auth', 'news:zanahoria secreta'], player, people: 50,
    }, async (one, sink) => {
        await one.say('send 1 1 60000 1 0 50');
        assert.deepEqual(counts(await one.all(50, 0), 'outcome'), { [OUTCOME.sent]: 50 });
        assert.equal(takenOnce(sink).size, 50);
        assert.doesNotMatch(readFileSync(`/proc/${one.pid}/cmdline`, 'latin1') + readFileSync(`/proc/${one.pid}/environ`, 'latin1'), /zanahoria/);
    });
    for (const [mode, said] of [[0o644, /others may not read/], [0o604, /others may not read/]]) {
        const sink = await Sink.start();
        const one = new Player(folder(), sink.port, player);

        chmodSync(file, mode);
        await one.say('start');
        assert.match(await one.line(/^fault /), said);
        assert.equal(await one.line(/^ended /), 'ended 2');
        await one.ends();
        await sink.ends();
    }
});

await test('without a smart host it says so, and nobody is written to', async () => {
    const player = new Player(folder());

    assert.deepEqual(await player.up(), [0]);
    await player.say('people 5 1');
    await player.freeze(1);
    await player.say('reset');
    await player.say('letters 1 500');
    await player.say('send 1 1 60000 1 0 5');
    assert.deepEqual(counts(await player.all(5, 0), 'outcome'), { [OUTCOME.unsent]: 5 });
    await player.stop();
    await player.ends();
});

finish();
