// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sign-ons (signons.mjs small|full): POSTs of a confirmation's button over HTTP, each answered once its sealed record is on
// the disk, against a loop that seals such records and inserts them in groups with SQLite alone, with as many threads. The
// server and the loop have the same core, and wrk another.
//
// Each POST has a token of its own, made with the server's key, and comes from an address of its own through a proxy that the
// server knows: it is one person's, so that nothing here is a limit's doing. What was answered is counted in the store.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { AT, root, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { corePid, serve } from '../serve/server.mjs';
import { HOST } from './campaign.mjs';
import { crowd, crowdTool } from './crowd.mjs';
import { cpuSeconds, isFull, median, pairs, row, times } from './row.mjs';

const CONNECTIONS = 64;
const SECONDS = isFull ? 2 : 1;
const TOKENS = 40_000 * SECONDS;
const SERVER_CORE = '0';
const CLIENT_CORE = String(cpus().length - 1);
const UNTIL = '2026-12-08T12:00:00Z';

// wrk posts each line of the file once, from an address of its own.
const script = (tokens) => `local lines = io.lines("${tokens}")
local at = 0
local requests = {}
function init()
    for line in lines do
        at = at + 1
        requests[at] = wrk.format("POST", "/subscribe/confirm/" .. line, {
            ["Host"] = "${HOST}", ["Sec-Fetch-Site"] = "same-origin", ["Content-Type"] = "application/x-www-form-urlencoded",
            ["Content-Length"] = "0", ["X-Forwarded-For"] = string.format("10.%d.%d.%d", at / 65536, at / 256 % 256, at % 256),
        }, "")
    end
end
local sent = 0
function request()
    sent = sent + 1
    return requests[sent] or "GET /none HTTP/1.1\\r\\nHost: none\\r\\n\\r\\n"
end
`;

let copies = 0;
function copy(template) {
    copies += 1;
    const data = join(work, `signons-${copies}`);

    cpSync(template, data, { recursive: true });
    return data;
}

const start = (data) => serve(['serve', '--data', data, '--listen', '127.0.0.1:0', '--at', AT]);

async function ours(template) {
    const data = copy(template);
    const tokens = `${data}.tokens`;

    writeFileSync(tokens, `${crowdTool('tokens', data, TOKENS, UNTIL)}\n`);
    writeFileSync(`${data}.lua`, script(tokens));
    const server = await start(data);
    let told;
    let cpu;

    try {
        const core = corePid(server);

        execFileSync('taskset', ['-a', '-c', '-p', SERVER_CORE, String(core)]);
        cpu = cpuSeconds(core);
        told = execFileSync('taskset', ['-c', CLIENT_CORE, 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${SECONDS}`, '-s', `${data}.lua`,
            `http://127.0.0.1:${server.port}`], { encoding: 'utf8' });
        cpu = cpuSeconds(core) - cpu;
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
    const [, answered, seconds] = /(\d+) requests in ([\d.]+)s/.exec(told);
    const stored = Number(crowdTool('count', data));

    assert.doesNotMatch(told, /Non-2xx|Socket errors/, told);
    assert.ok(stored >= Number(answered) && stored <= Number(answered) + CONNECTIONS && stored < TOKENS, `${answered} answered, ${stored} stored`);
    rmSync(data, { recursive: true, force: true });
    rmSync(tokens);
    return { rate: Number(answered) / Number(seconds), cpu: cpu / stored * 1e6 };
}

function loop(template, threads) {
    const data = copy(template);
    const [rate, cpu, sealing] = execFileSync('taskset', ['-c', SERVER_CORE, resolve(root, process.env.BUILD ?? 'build', 'tests/bench_crowd'),
        'loop', data, String(SECONDS * 1000), String(threads)], { encoding: 'utf8' }).split(' ').map(Number);

    rmSync(data, { recursive: true, force: true });
    return { rate, cpu, sealing };
}

await test('sign-ons, stored before they are answered', async () => {
    const { data } = await crowd('signons', 0, 0);

    writeFileSync(join(data, 'server.ini'), 'proxy = 127.0.0.1\n');
    const server = await start(data); // makes the key of its links
    const threads = readdirSync(`/proc/${corePid(server)}/task`).filter((task) =>
        /^MHD-worker/.test(readFileSync(`/proc/${corePid(server)}/task/${task}/comm`, 'utf8'))).length || cpus().length;

    assert.equal(await server.stop(), 0, server.stderr);
    const found = await pairs(() => ours(data), () => loop(data, threads), (p) => p.ours.rate / p.other.rate);
    const ratios = found.map((p) => p.ours.rate / p.other.rate);
    const say = (side) => `${Math.round(median(found.map((p) => p[side].rate)))}/s, CPU ${median(found.map((p) => p[side].cpu)).toFixed(0)} µs`;

    row('sign-ons stored durably, on one core: the button of a confirmation, whose record was sealed when the form was sent', say('ours'),
        '≥ 0.6 ×', median(ratios) >= 0.6, `sealed and inserted in groups by ${threads} threads without HTTP: ${say('other')}, `
        + `${median(found.map((p) => p.other.sealing)).toFixed(0)} of it to seal`, times(ratios));
});

finish();
