// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Pages over HTTP (pages.mjs small|full): kept ones against nginx with the same bytes, and ones made for each request.
// Both servers are held to one core and wrk to another. Beside requests a second stands the CPU that one cost, which
// others on the machine disturb less.

import { strict as assert } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { AT, run, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { ask, corePid, serve, until } from '../serve/server.mjs';
import { HOST, large, load } from './campaign.mjs';
import { cpuSeconds, freePort, isFull, median, NGINX, pairs, row, times } from './row.mjs';

const PAGE = '/news/2026-04-24-memo';
const SECONDS = 1;
const CONNECTIONS = 16;
const SERVER_CORE = '0';
const CLIENT_CORE = String(cpus().length - 1);

const pin = (pid) => execFileSync('taskset', ['-a', '-c', '-p', SERVER_CORE, String(pid)]);

async function serving(data, ...more) {
    const server = await serve(['serve', '--data', join(work, data), '--listen', '127.0.0.1:0', '--at', AT, ...more]);

    pin(server.pid);
    server.worker = corePid(server);
    pin(server.worker);
    return server;
}

// wrk on a server for a second: { rate, cpu } of one request, cpu in microseconds.
function hit(server, path, { script = [], accept = 'identity' } = {}) {
    const before = cpuSeconds(server.worker);
    const said = execFileSync('taskset', ['-c', CLIENT_CORE, 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${SECONDS}`,
        '-H', `Host: ${HOST}`, '-H', `Accept-Encoding: ${accept}`, ...script,
        `http://127.0.0.1:${server.port}${path}`], { encoding: 'utf8' });
    const cpu = cpuSeconds(server.worker) - before;
    const requests = Number(/(\d+) requests in/.exec(said)[1]);

    assert.doesNotMatch(said, /Non-2xx|Socket errors/, said);
    assert.ok(requests > 0, said);
    return { rate: requests / SECONDS, cpu: cpu / requests * 1e6 };
}

// ---- nginx ----

async function nginx(files) {
    const dir = join(work, 'nginx');
    const port = await freePort();
    const places = files.map(({ name, encoding, type }) => `location = /${name} { default_type "${type}";
        ${encoding === 'identity' ? '' : `add_header Content-Encoding ${encoding};`} }`);

    mkdirSync(dir, { recursive: true });
    for (const { name, body } of files)
        writeFileSync(join(dir, name), body);
    writeFileSync(join(dir, 'nginx.conf'), `
        daemon off; master_process off; worker_processes 1; pid ${dir}/pid; error_log stderr crit;
        events { worker_connections 1024; }
        http {
            access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000;
            open_file_cache max=100; open_file_cache_valid 1h;
            client_body_temp_path ${dir}/t1; proxy_temp_path ${dir}/t2; fastcgi_temp_path ${dir}/t3;
            uwsgi_temp_path ${dir}/t4; scgi_temp_path ${dir}/t5;
            server { listen 127.0.0.1:${port}; root ${dir}; ${places.join('\n')} }
        }`);
    const child = spawn(NGINX, ['-p', dir, '-c', join(dir, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] });
    const server = { port, worker: child.pid, stop: () => new Promise((done) => { child.on('close', done).kill('SIGTERM'); }) };

    await until('nginx', () => ask(server, `/${files[0].name}`).then(({ status }) => status === 200, () => false));
    pin(child.pid);
    return server;
}

const cases = [
    { what: 'page', path: PAGE, encoding: 'identity' },
    { what: 'page', path: PAGE, encoding: 'gzip' },
    { what: 'docket of 45 allegations', path: '/docket/', encoding: 'identity' },
    { what: 'style sheet', path: '/style.css', encoding: 'identity' },
    { what: 'style sheet', path: '/style.css', encoding: 'gzip' },
];

await test('kept pages beside nginx with the same bytes', async () => {
    load(large(0), 'demo');
    const ours = await serving('demo');
    let other;

    try {
        for (const [i, c] of cases.entries()) {
            const answer = await ask(ours, c.path, { host: HOST, headers: { 'Accept-Encoding': c.encoding } });

            assert.equal(answer.status, 200);
            assert.equal(answer.headers['content-encoding'] ?? 'identity', c.encoding);
            Object.assign(c, { name: `file-${i}`, body: answer.body, type: answer.headers['content-type'] });
        }
        other = await nginx(cases);
        for (const c of cases) {
            assert.deepEqual((await ask(other, `/${c.name}`)).body, c.body);
            const found = await pairs(() => hit(ours, c.path, { accept: c.encoding }), () => hit(other, `/${c.name}`),
                (p) => p.ours.rate / p.other.rate);
            const rates = found.map((p) => p.ours.rate / p.other.rate);
            const costs = found.map((p) => p.ours.cpu / p.other.cpu);
            const say = (side) => `${Math.round(median(found.map((p) => p[side].rate)))}/s, ${median(found.map((p) => p[side].cpu)).toFixed(1)} µs`;

            row(`kept ${c.what}, ${c.encoding}, ${c.body.length} bytes: requests, and CPU of one`, say('ours'),
                '≥ 0.8 ×, CPU ≤ 1.2 ×', median(rates) >= 0.8 && median(costs) <= 1.2, `nginx: ${say('other')}`,
                `${times(rates)}, CPU ${times(costs)}`);
        }
    } finally {
        await other?.stop();
        assert.equal(await ours.stop(), 0, ours.stderr);
    }
});

// ---- made for each request ----

// wrk asks for all of these in turn.
function turns(paths) {
    const file = join(work, 'turns.lua');

    writeFileSync(file, `local paths = { ${paths.map((path) => `"${path}"`).join(', ')} }\nlocal at = 0\n`
        + 'function request()\n  at = at % #paths + 1\n  return wrk.format("GET", paths[at])\nend\n');
    return ['-s', file];
}

// A row of pages that `made` renders each time, beside the same that `kept` has.
async function rendered(what, made, kept, paths) {
    const script = turns(paths);

    hit(kept, paths[0], { script });
    const found = await pairs(() => hit(made, paths[0], { script }), () => hit(kept, paths[0], { script }),
        (p) => p.ours.cpu / p.other.cpu);
    const cost = median(found.map((p) => p.ours.cpu));

    row(`${what}, rendered each time: a second of one core`, `${Math.round(1e6 / cost)}, ${cost.toFixed(0)} µs each`, '≥ 5000',
        1e6 / cost >= 5000, `the same kept: ${median(found.map((p) => p.other.cpu)).toFixed(1)} µs`,
        `CPU ${times(found.map((p) => p.ours.cpu / p.other.cpu))}`);
}

await test('pages made for each request: nothing is kept', async () => {
    const newsletters = isFull ? 500 : 20;
    const dir = large(newsletters);

    writeFileSync(join(work, 'nothing.ini'), 'page_memory = 0\n');
    load(dir, 'large');
    load(dir, 'large-kept');
    const made = await serving('large', '--config', join(work, 'nothing.ini'));
    const kept = await serving('large-kept');

    try {
        const map = (await ask(made, '/sitemap.xml', { host: HOST })).body.toString('utf8');
        const paths = [...map.matchAll(/<loc>https:\/\/[^/<]+(\/(?:es\/)?news\/[^<]+)<\/loc>/g)].map((found) => found[1]);

        assert.ok(paths.length > newsletters, map.slice(0, 1000));
        await rendered(`page of ${paths.length} newsletters`, made, kept, paths);
        await rendered('docket of 45 allegations', made, kept, ['/docket/', '/es/docket/']);
        assert.match(run(['status', '--data', join(work, 'large')]).stdout, /^pages: 0 kept/m);
    } finally {
        assert.equal(await made.stop(), 0, made.stderr);
        assert.equal(await kept.stop(), 0, kept.stderr);
    }
});

finish();
