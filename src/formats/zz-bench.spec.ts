import { test } from 'vitest';
import { patchJson } from './json/patch-json.js';
import { parseJson } from './json/parse-json.js';
test('b', () => {
  const big = {messages:Array.from({length:400},(_,i)=>({role:i%2?'assistant':'user',content:'lorem ipsum "quoted" \n'.repeat(12)})),model:'x',stream:true}; const text=JSON.stringify(big);
  const time=(name:string,f:()=>unknown)=>{ for (let k=0;k<4;k++){ const t=performance.now(); for (let n=0;n<300;n++) f(); if(k===3) console.log(name, ((performance.now()-t)/300*1000).toFixed(0),'us'); } };
  time('JSON.parse',()=>JSON.parse(text)); time('parseJson',()=>parseJson(text)); time('patch',()=>patchJson(text,{model:'y',stream_options:{include_usage:true}}).length);
});
