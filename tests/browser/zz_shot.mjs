import { launch } from './chromium.mjs';
const b=await launch(); const site='file:///tmp/exh/site/';
const jobs=JSON.parse(process.argv[2]);
for(const j of jobs){const c=await b.newContext({colorScheme:j.s||'light',viewport:{width:j.w||1280,height:j.h||1000}});const t=await c.newPage();await t.emulateMedia({media:j.m||'screen'});await t.goto(site+j.u);await t.waitForTimeout(400);
if(j.pdf)await t.pdf({path:'/tmp/exh/'+j.o,format:'Letter',printBackground:false});else await t.screenshot({path:'/tmp/exh/'+j.o,fullPage:!!j.f});await c.close();}
await b.close();
