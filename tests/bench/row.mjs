// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the programs of tests/bench have in common: the size they run at, how pairs are measured, and the line that
// bench.sh gathers into its table. A target that is missed is said in that line; only what does not work throws.

import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';

export const isFull = process.argv[2] === 'full';
export const NGINX = '/usr/sbin/nginx';

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const at = (numbers, share) => sorted(numbers)[Math.round((numbers.length - 1) * share)];

export const median = (numbers) => at(numbers, 0.5);
// The half of the runs in the middle: what the machine did to the others is not shown.
const middle = (numbers) => [at(numbers, 0.25), at(numbers, 0.75)];
const isSteady = (numbers) => middle(numbers)[1] - middle(numbers)[0] <= 0.05 * median(numbers);

export const spread = (numbers, digits = 2) => middle(numbers).map((n) => n.toFixed(digits)).join('–');
export const times = (ratios) => `${median(ratios).toFixed(2)} × (${spread(ratios)})`;

// Ours and the other by turns, each first as often as the other, until the ratio `of(ours, other)` is steady.
export async function pairs(ours, other, of) {
    const [fewest, most] = isFull ? [5, 11] : [1, 1];
    const result = [];

    while (result.length < fewest || (result.length < most && !isSteady(result.map(of)))) {
        const isOursFirst = result.length % 2 === 0;
        const first = await (isOursFirst ? ours : other)();
        const second = await (isOursFirst ? other : ours)();

        result.push(isOursFirst ? { ours: first, other: second } : { ours: second, other: first });
    }
    return result;
}

export function row(what, ours, target, isHeld, beside, ratio) {
    console.log(`row | ${what} | ${ours} | ${target} | ${isHeld ? 'held' : 'missed'} | ${beside} | ${ratio} |`);
}

// ---- what a process costs ----

// Seconds of CPU of all its threads that live.
export function cpuSeconds(pid) {
    return readdirSync(`/proc/${pid}/task`)
        .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
        .reduce((a, b) => a + b, 0) / 1e9;
}

// Processes' memory in MB: `pss`, their share of it now, which is less while others run the same libraries; and `alone`,
// what they would have if nobody did: each one's own, and once what the largest of them shares.
export function memory(pids) {
    const each = pids.map((pid) => {
        const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        const mb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]) / 1024;
        const own = mb('Private_Clean') + mb('Private_Dirty');

        return { pss: mb('Pss'), own, shared: mb('Rss') - own };
    });
    const sum = (name) => each.map((one) => one[name]).reduce((a, b) => a + b);

    return { pss: sum('pss'), alone: sum('own') + Math.max(...each.map((one) => one.shared)) };
}

// For a program that does not say which port it got.
export const freePort = () => new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address();

        probe.close(() => done(port));
    });
});
