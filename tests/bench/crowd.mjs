// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Data folders with keys and many invented subscribers, whole: written once and then copied, for the writing takes longest.
// CROWDS names a folder in which they are kept for the next program; without it each program writes its own.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AT, demo, root, run, work } from '../lib/program.mjs';
import { makeKeys } from '../serve/subscribers.mjs';
import { HOST, large } from './campaign.mjs';

const program = resolve(root, process.env.BUILD ?? 'build', 'tests/bench_crowd');

// bench_crowd: what it says.
export const crowdTool = (...args) => execFileSync(program, args.map(String), { encoding: 'utf8', maxBuffer: 1 << 30 }).trim();

function done(args) {
    const result = run(args);

    assert.equal(result.status, 0, result.stderr);
}

async function make(data, newsletters, people) {
    let counts = [0, 0];

    if (newsletters) {
        // The same people as beside the demo alone: sealing a million of them takes a minute.
        const beside = await crowd('beside', 0, people);

        cpSync(beside.data, data, { recursive: true, verbatimSymlinks: true });
        rmSync(beside.data, { recursive: true, force: true });
        done(['load', large(newsletters), '--data', data, '--at', AT, '--yes']);
        return { words: beside.words, wanted: beside.wanted, records: beside.records };
    }
    done(['load', demo, '--data', data, '--at', AT, '--yes']);
    const words = await makeKeys(data);

    done(['dkim', 'new', HOST, '--data', data]);
    if (people)
        counts = crowdTool('fill', data, people).split(' ').map(Number);
    return { words, wanted: counts[0], records: counts[1] };
}

// { data, words, records, wanted }: a copy in `name` of a folder with so many newsletters (0: the demo's) and people; records
// to be unsealed, and those of them that are wanted: everybody, and who is there twice.
export async function crowd(name, newsletters, people) {
    const kept = join(process.env.CROWDS ?? join(work, 'crowds'), `${newsletters}-${people}`);
    const data = join(work, name);

    if (!existsSync(kept)) {
        const making = `${kept}.new`;

        rmSync(making, { recursive: true, force: true });
        mkdirSync(making, { recursive: true });
        const made = await make(join(making, 'data'), newsletters, people);

        writeFileSync(join(making, 'crowd.json'), JSON.stringify(made));
        renameSync(making, kept);
    }
    cpSync(join(kept, 'data'), data, { recursive: true, verbatimSymlinks: true });
    return { data, ...JSON.parse(readFileSync(join(kept, 'crowd.json'), 'utf8')) };
}
