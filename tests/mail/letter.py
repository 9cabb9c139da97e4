#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""letter.py LETTER RECORD: what others see in a letter, as JSON: Python's mail library its parts, python3-dkim and the
public key of the DNS record its signature."""

import email
import email.policy
import html.parser
import json
import re
import sys
import types

import dkim


class Page(html.parser.HTMLParser):
    """What a letter leads to and what it would fetch."""

    def __init__(self):
        super().__init__()
        self.links = []
        self.fetched = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if tag == 'a' and name == 'href':
                self.links.append(value)
            elif name in ('src', 'srcset', 'background', 'poster', 'data', 'action', 'href'):
                self.fetched.append(value)
            elif name == 'style' and value and 'url(' in value:
                self.fetched.append(value)
        if tag in ('img', 'link', 'script', 'iframe', 'object', 'embed', 'form', 'video', 'audio', 'base'):
            self.fetched.append(tag)

    def handle_data(self, data):
        if self.lasttag == 'style' and ('url(' in data or '@import' in data):
            self.fetched.append(data)


# The letters are of one moment, whatever the day of the test is.
dkim.time = types.SimpleNamespace(time=lambda: 1796126400 + 3600)


def main():
    with open(sys.argv[1], 'rb') as f:
        raw = f.read()
    with open(sys.argv[2], 'rb') as f:
        record = f.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = list(message.iter_parts())
    page = Page()
    page.feed(parts[1].get_content())
    text = parts[0].get_content()
    tampered = raw.replace(b'\r\n\r\n', b'\r\n\r\nx', 2)
    print(json.dumps({
        'headers': [[name, str(value)] for name, value in message.items()],
        'types': [part.get_content_type() for part in parts],
        'defects': [str(d) for part in [message, *parts] for d in part.defects],
        'text': text,
        'html': parts[1].get_content(),
        'textLinks': re.findall(r'(?:https?://|mailto:|tel:)[^\s<>]+', text),
        'htmlLinks': page.links,
        'fetched': page.fetched,
        'longest': max(len(line) for line in raw.split(b'\r\n')),
        'bare': len(re.findall(rb'(?<!\r)\n|\r(?!\n)', raw)),
        'eightBit': any(byte > 126 for byte in raw),
        'htmlSize': len(raw[raw.index(b'text/html'):]),
        'signed': dkim.verify(raw, dnsfunc=lambda name, timeout=5: record),
        'signedTampered': dkim.verify(tampered, dnsfunc=lambda name, timeout=5: record),
        'signedTwice': dkim.verify(b'From: other@elsewhere.example\r\n' + raw, dnsfunc=lambda name, timeout=5: record),
    }))


main()
