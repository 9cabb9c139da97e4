// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The real mailer with play_core as its parent and its core: what the one says and the other asks for, in words. A crash
// or a sanitizer's report throws in the test that is under way.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { memoryOf } from '../lib/memory.mjs';
import { Program, Sink, dir } from './sink.mjs';

export const breakroom = resolve(process.env.BUILD, 'breakroom');
export const OUTCOME = { sent: 1, deferred: 2, failed: 3, doubt: 4, unsent: 5 };
export const VERDICT = { taken: 1, unwanted: 2, double: 3, damaged: 4, undeliverable: 5 };
export const RC = { invalid: 1, notFound: 2, denied: 4, limit: 5 };
export const AWAY = 2; // of a smart host
export const DOMAIN = 'bayside.example';

// How often each value of `key` is there.
export const counts = (list, key) => Object.fromEntries([...new Set(list.map((one) => one[key]))].sort()
    .map((value) => [value, list.filter((one) => one[key] === value).length]));
export const numberOf = (address) => Number(/^person(\d+)\./.exec(address)[1]);
export const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
// Who has a letter, by the sink.
export const takenOnce = (sink) => {
    const taken = sink.events('taken').map((event) => numberOf(event.to));

    assert.equal(new Set(taken).size, taken.length, 'somebody got two letters');
    return new Set(taken);
};
let count = 0;

// A data folder as `breakroom serve` makes it; with keys to sign with, unless said otherwise.
export function folder({ signs = true } = {}) {
    count += 1;
    const data = join(dir, `data-${count}`);

    mkdirSync(join(data, 'dkim'), { recursive: true, mode: 0o700 });
    if (signs) {
        assert.equal(spawnSync(breakroom, ['dkim', 'new', DOMAIN, '--data', data]).status, 0);
        assert.equal(spawnSync(breakroom, ['dkim', 'use', DOMAIN, 'br1', '--data', data]).status, 0);
    }
    return data;
}

export class Player extends Program {
    constructor(data, port, options = [], env = {}) {
        super('play_core', [breakroom, data, port ? '127.0.0.1' : '', String(port ?? 25), ...options], // leaks are looked for with calls that a sandbox forbids
            { ASAN_OPTIONS: 'detect_stack_use_after_return=1:exitcode=99:detect_leaks=0', ...env });
        this.data = data;
    }

    mark() {
        return this.lines.length;
    }

    // A process and a pair; it says what it holds.
    async up() {
        const from = this.mark();

        await this.say('start');
        this.pid = Number((await this.line(/^started /, from)).split(' ')[1]);
        await this.line(/^(ready|fault .*)$/, from);
        return this.pair();
    }

    async pair() {
        const from = this.mark();

        await this.say('pair');
        return (await this.line(/^hello /, from)).split(' ').slice(1).map(Number);
    }

    async kill() {
        const from = this.mark();

        await this.say('kill');
        await this.line(/^ended /, from);
    }

    async stop() {
        const from = this.mark();

        await this.say('stop');
        assert.equal(await this.line(/^ended /, from), 'ended 0');
    }

    async people(list) {
        for (const [wish, flags, address] of list)
            await this.say(`person ${wish} ${flags} ${address}`);
    }

    // What the mailer made of everybody: a verdict each, sites, and how many.
    async freeze(run, verb = 'freeze') {
        const from = this.mark();

        await this.say(`${verb} ${run}`);
        const [, , people, doubles] = (await this.line(new RegExp(`^frozen ${run} `), from)).split(' ').map(Number);
        const said = this.lines.slice(from);

        return {
            people, doubles,
            verdicts: said.filter((line) => line.startsWith('verdict ')).map((line) => line.split(' ').slice(1).map(Number))
                .map(([, verdict, person, site]) => ({ verdict, person, site })),
            sites: said.filter((line) => line.startsWith('site ')).map((line) => line.split(' '))
                .map(([, site, n, name]) => ({ site: Number(site), people: Number(n), name: name || null })),
        };
    }

    // Of "unlock RUN", "open RUN", "freeze RUN" …: the code that it answers with.
    async unlocks(command) {
        const from = this.mark();

        await this.say(command);
        return Number((await this.line(new RegExp(`^unlocked ${command.split(' ')[1]} `), from)).split(' ')[2]);
    }

    // A freeze of all of them, and no end: what is on its way yet would count for the next.
    async half(run, people) {
        const from = this.mark();

        await this.say(`half ${run}`);
        await this.until(() => this.lines.slice(from).filter((line) => line.startsWith('verdict ')).length === people);
    }

    results(from = 0) {
        return this.lines.slice(from).filter((line) => line.startsWith('result '))
            .map((line) => line.split(' ').slice(1).map(Number))
            .map(([run, fence, person, attempt, outcome, code, why]) => ({ run, fence, person, attempt, outcome, code, why }));
    }

    // All `n` results since `from`.
    async all(n, from) {
        return this.until(() => {
            const results = this.results(from);

            return results.length >= n ? results : null;
        }, `${n} results`);
    }

    async journal() {
        const said = await this.say('journal');

        return {
            isOfThisBoot: /^journal 1 /.test(said.find((line) => line.startsWith('journal '))),
            entries: said.filter((line) => line.startsWith('entry ')).map((line) => line.split(' ').slice(1).map(Number))
                .map(([run, person, fence, attempt, outcome, code]) => ({ run, person, fence, attempt, outcome, code })),
        };
    }

    // Which of these stand anywhere in the memory of the mailer that it can write to.
    memory(words) {
        const found = new Set();

        for (const { bytes } of memoryOf(this.pid))
            for (const word of words)
                if (bytes.includes(word))
                    found.add(word.toString());
        return [...found];
    }

    async ends() {
        this.child.stdin.end();
        assert.equal(await this.ended, 0, this.stderr.slice(-6000));
        assert.doesNotMatch(this.stderr, /Sanitizer|runtime error:/, this.stderr.slice(-6000));
    }
}

// A sink and a mailer that hands to it, both ended whatever happens.
export async function playing({ sink: sinkArgs = [], player: options = [], data = folder(), people = 0, domains = 3, env }, body) {
    const sink = await Sink.start(...sinkArgs);
    const player = new Player(data, sink.port, options, env);

    try {
        await player.up();
        if (people) {
            await player.say(`people ${people} ${domains}`);
            await player.freeze(1);
            await player.say('reset');
            await player.say('letters 1 2000');
        }
        await body(player, sink);
    } finally {
        await player.ends();
        await sink.ends();
    }
}
