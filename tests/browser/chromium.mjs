// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Debian's Chromium under playwright-core, kept from talking to anybody; and the pages of a built site.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

function chromiumPath() {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
        try {
            return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim();
        } catch {
            // the next name
        }
    throw new Error('no Chromium was found');
}

export function launch() {
    const asRoot = process.getuid?.() === 0;

    return chromium.launch({
        executablePath: chromiumPath(),
        args: [
            ...(asRoot ? ['--no-sandbox'] : []),
            '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
            '--disable-background-networking', '--disable-component-update', '--disable-sync',
            '--font-render-hinting=none',
        ],
    });
}

// Every page of the site, always in the same order: its name, its file, its file:// address.
export function pagesOf(site) {
    const root = resolve(site);
    const pages = readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.html'))
        .map((entry) => {
            const file = join(entry.parentPath ?? entry.path, entry.name);

            return { name: relative(root, file), file, url: pathToFileURL(file).href };
        });

    if (pages.length === 0)
        throw new Error(`no pages in ${site}`);
    return pages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function openPage(page, site, name) {
    return page.goto(pathToFileURL(join(resolve(site), name)).href);
}
