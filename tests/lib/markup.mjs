// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A small reader of the HTML that Breakroom writes: quoted attributes, every end tag there. It is no browser; that the
// pages are well-formed is html-validate's business (tests/browser).

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
const empty = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr']);

export function decoded(text) {
    return text.replace(/&(#?\w+);/g, (whole, name) => {
        if (name in entities)
            return entities[name];
        return name.startsWith('#') ? String.fromCodePoint(Number(name.replace('#x', '0x').replace('#', ''))) : whole;
    });
}

// → [{ tag, attributes, lang }] and [{ text, lang, within }], where `lang` is the one in force there.
export function read(html) {
    const elements = [];
    const texts = [];
    const open = [{ tag: '', lang: '' }];
    const pieces = /<!--[\s\S]*?-->|<!DOCTYPE[^>]*>|<(\/?)([a-zA-Z][\w-]*)((?:\s+[^\s=>/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)\s*\/?>|([^<]+)/gi;

    for (const [, slash, name, rest, text] of html.matchAll(pieces)) {
        if (text !== undefined) {
            const words = decoded(text).replace(/\s+/g, ' ').trim();

            if (words)
                texts.push({ text: words, lang: open.at(-1).lang, within: open.at(-1).tag });
            continue;
        }
        if (name === undefined)
            continue;
        const tag = name.toLowerCase();

        if (slash) {
            const at = open.findLastIndex((e) => e.tag === tag);

            if (at > 0)
                open.length = at;
            continue;
        }
        const attributes = {};

        for (const [, key, , a, b] of rest.matchAll(/([^\s=]+)(\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g))
            attributes[key.toLowerCase()] = decoded(a ?? b ?? '');
        const lang = attributes.lang ?? open.at(-1).lang;

        elements.push({ tag, attributes, lang });
        if (!empty.has(tag))
            open.push({ tag, lang });
    }
    return { elements, texts };
}
