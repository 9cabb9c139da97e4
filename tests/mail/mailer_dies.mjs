// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The mailer when something ends: a run that is broken off or forgotten, a pair that closes, a core that talks nonsense, the
// mailer itself, killed at random moments (ROUNDS, SEED) or stopped. What core was told, what the journal says and what the
// sink holds must be one story. BUILD names the build.

import assert from 'node:assert/strict';
import { finish, test } from '../lib/tap.mjs';
import { OUTCOME, counts, numberOf, playing, sorted, takenOnce } from './player.mjs';

const rounds = Number(process.env.ROUNDS ?? 6);

// ---- breaking off ----

await test('break: what has not reached its last dot comes back, the rest has its outcome; another run goes on', async () => {
    await playing({ sink: ['--rule', 'dot 20% slow 60'], people: 1000 }, async (player, sink) => {
        await player.freeze(2);
        await player.say('letters 2 500');
        const from = player.mark();

        await player.say('send 1 1 60000 1 0 900');
        await player.say('send 2 1 60000 1 900 100');
        await player.all(150, from);
        await player.say('break 1');
        const results = await player.all(1000, from);
        const one = results.filter((r) => r.run === 1);
        const sent = one.filter((r) => r.outcome === OUTCOME.sent);

        assert.equal(one.length, 900);
        assert.deepEqual(counts(results.filter((r) => r.run === 2), 'outcome'), { [OUTCOME.sent]: 100 });
        assert.ok(sent.length < 900, 'all were gone before it was broken off');
        assert.equal(one.filter((r) => r.outcome === OUTCOME.unsent).length, 900 - sent.length);
        assert.deepEqual(sorted(takenOnce(sink)), sorted([...sent, ...results.filter((r) => r.run === 2)].map((r) => r.person)));
    });
});

await test('forget: the same, and its key is gone', async () => {
    await playing({ sink: ['--rule', 'dot 30% slow 60'], people: 400 }, async (player, sink) => {
        const from = player.mark();

        await player.say('send 1 1 60000 1 0 400');
        await player.all(40, from);
        await player.say('forget 1');
        const sent = (await player.all(400, from)).filter((r) => r.outcome === OUTCOME.sent);

        assert.ok(sent.length < 400, 'all were gone before it was forgotten');
        assert.equal(player.results(from).filter((r) => r.outcome === OUTCOME.unsent).length, 400 - sent.length);
        assert.deepEqual(sorted(takenOnce(sink)), sorted(sent.map((r) => r.person)));
        assert.deepEqual((await player.pair()).slice(1), []);
    });
});

for (const isClosed of [false, true]) {
    await test(`another pair in the middle${isClosed ? ', after the first had closed' : ''}: greeted when nothing is under way; the journal says the rest`, async () => {
        await playing({ sink: ['--rule', 'dot 30% slow 40'], people: 400 }, async (player, sink) => {
            const from = player.mark();

            await player.say('send 1 1 60000 1 0 400');
            await player.all(50, from);
            if (isClosed)
                await player.say('unpair');
            assert.deepEqual((await player.pair()).slice(1), [1]);
            const taken = takenOnce(sink);
            const { entries } = await player.journal();

            assert.deepEqual(entries.filter((e) => e.outcome === OUTCOME.doubt), []);
            assert.deepEqual(sorted(entries.filter((e) => e.outcome === OUTCOME.sent).map((e) => e.person)), sorted(taken));
            for (const result of player.results(from).filter((r) => r.outcome === OUTCOME.sent))
                assert.ok(taken.has(result.person));
            const left = Array.from({ length: 400 }, (_, i) => i).filter((n) => !taken.has(n));

            assert.ok(left.length > 0, 'all were gone before the pair was');
            await player.say('reset');
            const again = player.mark();

            await player.say(`hand 1 2 60000 1 ${left[0]}`); // what the letters say has to be said on each pair
            assert.deepEqual(counts(await player.all(1, again), 'outcome'), { [OUTCOME.unsent]: 1 });
            await player.say('letters 1 500');
            await player.say(`hand 1 3 60000 1 ${left.join(' ')}`);
            await player.all(left.length + 1, again);
            assert.equal(takenOnce(sink).size, 400);
        });
    });
}

await test('what is no frame of core ends the pair, not the mailer', async () => {
    await playing({ people: 5 }, async (player) => {
        for (const hex of ['0100000001', 'ffffffff01', '0100000000', '05000000220000', '010000007f']) {
            const from = player.mark();

            await player.say(`raw ${hex}`);
            if (hex.length < 16) // half a frame: more may come
                await player.say('raw 0000000000000000000000000000000000000000');
            await player.line(/^gone$/, from);
            assert.deepEqual((await player.pair()).slice(1), [1]);
        }
    });
});

// ---- dying ----

// A core as it must be: claims, hands over, settles by the journal when somebody died. Gives what it knows of everybody.
async function sendToAll(player, people, disturb) {
    const state = new Map(Array.from({ length: people }, (_, i) => [i, 'pending']));
    let fence = 0;
    let from = player.mark();
    const settle = async () => {
        const { isOfThisBoot, entries } = await player.journal();

        assert.ok(isOfThisBoot);
        for (const [person, is] of state) {
            if (is !== 'claimed')
                continue;
            const entry = entries.find((e) => e.person === person && e.fence === fence);

            state.set(person, entry === undefined || entry.outcome === OUTCOME.unsent ? 'pending'
                : entry.outcome === OUTCOME.doubt ? 'doubt' : 'sent');
        }
    };
    const take = () => {
        for (const r of player.results(from))
            if (state.get(r.person) === 'claimed' && r.fence === fence)
                state.set(r.person, r.outcome === OUTCOME.sent ? 'sent' : r.outcome === OUTCOME.doubt ? 'doubt' : 'pending');
        from = player.mark();
    };

    for (;;) {
        const pending = [...state].filter(([, is]) => is === 'pending').slice(0, 256).map(([person]) => person);

        if (pending.length === 0)
            return state;
        await player.say('reset'); // nothing is claimed
        fence += 1;
        pending.forEach((person) => state.set(person, 'claimed'));
        from = player.mark();
        await player.say(`hand 1 ${fence} 60000 1 ${pending.join(' ')}`);
        const hasDied = await disturb(() => player.results(from).length >= pending.length);

        if (hasDied) {
            take();
            await settle();
            await hasDied();
        } else {
            await player.all(pending.length, from);
            take();
        }
    }
}

let seed = Number(process.env.SEED ?? 20261122);
const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
};

for (let round = 1; round <= rounds; round++) {
    await test(`round ${round}: kill -9 at random moments, the sink hanging up too: nobody lost, nobody twice`, async () => {
        const PEOPLE = 600;

        await playing({ sink: ['--rule', 'dot 3% cut', '--rule', 'done 2% cut', '--rule', 'dot 10% slow 20'], people: PEOPLE }, async (player, sink) => {
            let kills = 0;
            const state = await sendToAll(player, PEOPLE, async (isDone) => {
                await new Promise((done) => { setTimeout(done, random() * 250); });
                if (isDone() || kills >= 8)
                    return null;
                kills += 1;
                await player.kill();
                return async () => {
                    assert.deepEqual((await player.up()).slice(1), []);
                    assert.equal(await player.unlocks('unlock 1'), 0);
                    await player.say('letters 1 2000');
                };
            });
            const taken = takenOnce(sink);
            const held = new Set(sink.events('held').map((event) => numberOf(event.to)));
            const doubt = [...state].filter(([, is]) => is === 'doubt').map(([person]) => person);

            for (const [person, is] of state)
                assert.ok(is === 'sent' ? taken.has(person) || held.has(person) : is === 'doubt', `${person}: ${is}`);
            for (const person of taken)
                assert.ok(['sent', 'doubt'].includes(state.get(person)));
            assert.ok(doubt.length <= kills * 8 + 0.1 * PEOPLE, `${doubt.length} in doubt after ${kills} kills`);
            console.log(`# ${kills} kills, ${taken.size} taken, ${doubt.length} in doubt`);
        });
    });
}

await test('a stop in the middle: what is past its last dot gets its outcome, the rest comes back, and it ends with 0', async () => {
    await playing({ sink: ['--rule', 'dot 30% slow 50'], people: 600 }, async (player, sink) => {
        const from = player.mark();

        await player.say('send 1 1 60000 1 0 600');
        await player.all(60, from);
        await player.stop();
        const results = player.results(from);
        const taken = takenOnce(sink);

        assert.equal(results.length, 600);
        assert.deepEqual(sorted(results.filter((r) => r.outcome === OUTCOME.sent).map((r) => r.person)), sorted(taken));
        assert.deepEqual(results.filter((r) => ![OUTCOME.sent, OUTCOME.unsent].includes(r.outcome)), []);
        assert.ok(taken.size < 600);
        assert.deepEqual(counts((await player.journal()).entries, 'outcome'), { [OUTCOME.sent]: taken.size });
    });
});

finish();
