/**
 * Sentences by which vendors say what makes somebody rest, where neither code nor status does. Each is anchored at the
 * start of the message, in lower case and without quotes: see `VendorWords`.
 */

export const NO_CREDIT = oneOf(
  /your credit balance is too low/,
  /you have reached your specified (?:\w+ )?(?:api )?usage limits/,
  /your account .{0,120}(?:exceeded current quota|insufficient balance)/,
  /insufficient (?:account )?(?:balance|credits?|quota|funds)\b/,
  /(?:sorry, )?your (?:account )?(?:balance|credits?) (?:is|are) (?:insufficient|not enough|too low|depleted|exhausted)/,
  /your (?:newly created )?team .{0,80}(?:doesn't have any credits|used all available credits|has run out of credits)/,
  /(?:you have (?:run out of|no|insufficient)|you don't have (?:any|enough)|you do not have enough|out of|not enough|no) credits/,
  /this request requires more credits/,
  /(?:your )?prepa(?:id|yment) credits? (?:are|is|have been) (?:depleted|exhausted)/,
  /(?:the |your )?billing (?:account|is)\b.{0,40}(?:disabled|not enabled|inactive|closed)/,
  /(?:please )?enable billing\b|this api method requires billing to be enabled/,
  /access denied, please make sure your account is in good standing|(?:the |your )?account .{0,40}(?:in arrears|(?:overdue|delinquent) payment)/,
  /(?:您的)?(?:账户|帐户|账号|用户)?(?:余额不足|额度不足|(?:已)?欠费)|该?令牌额度(?:已用尽|不足)|预扣费额度失败/,
);

/** What others than Google say of an empty account; there it is a rate limit. */
export const SPENT_QUOTA = oneOf(
  /you(?: have)? exceeded your (?:current |monthly )?(?:quota|included credits)/,
);

export const BAD_KEY = oneOf(
  /(?:incorrect|invalid|wrong|missing|expired) (?:x-)?(?:api[ _-]?key|authentication)\b/,
  /(?:the |your |this )?(?:provided )?api[ _]key (?:provided )?(?:not valid|invalid|expired|not found|(?:is|has|was) (?:invalid|expired|not valid|disabled|suspended|been|reported as leaked))/,
  /authentication (?:fails|failed)\b|unauthenticated\b|unauthorized\b/,
  /access denied due to invalid subscription key/,
  /method doesn't allow unregistered callers/,
  /(?:this |your )?organization has been disabled/,
  /your project has been denied access/,
  /(?:permission denied: )?consumer .{0,80}has been suspended/,
  // Another vendor serves there, another key of another country too.
  /user location is not supported/,
  /(?:无效的|未提供)令牌|(?:该|此)?令牌(?:无效|已过期|过期|不存在|已禁用|不可用|验证失败|状态不可用)|身份验证/,
);

export const NO_MODEL = oneOf(
  /model not exist/,
  /(?:the |this )?(?:requested |specified )?model\b(?:(?!: )[^;]){0,200}?(?:(?:does not|doesn't|not) exist|not found|no longer available|has been (?:deprecated|decommissioned|retired)|is not (?:supported|available)\b)/,
  /models\/.{0,200}? is not found/,
  /(?:invalid|unknown|unsupported) model(?: id| name)?(?:: |[.=]|$| specified)|unknown model\b|no such model\b/,
  /the supported api model names are/,
  /(?:(?!: ).){1,200} is not a valid model(?: id)?\.?$/,
  /no endpoints found(?: for\b|\.|$)/,
  /you do not have access to (?:the )?model|(?:your |the |this )?(?:project|team|account|organization)\b.{0,80} does not have access to (?:the )?model/,
  /(?:当前分组.{0,80})?(?:对于)?模型.{0,200}无可用渠道|(?:该|此|请求的)?模型.{0,200}?(?:不存在|已下线)|no available channel for/,
);

/** OpenRouter, as 404: no server of this model takes what the request holds, or asks for. */
export const NO_SUCH_OFFER =
  /^no (?:allowed )?(?:endpoints|providers) (?:found|available|are available) (?:that |matching |with |for the selected model)/;

export const RATE_LIMIT = oneOf(
  /(?:you(?:'re| are| have)? |this request would )?(?:being |exceed(?:ed|ing)? |reached )?(?:your |the )?(?:account's |organization's )?rate[ -]?limit/,
  /too many requests|(?:request )?(?:was )?throttled|resource has been exhausted|quota exceeded/,
);

export const BUSY =
  /^(?:(?:the |this |our |that )?(?:server|service|model|engine|system)s?\b.{0,80}?)?(?:overloaded|(?:too )?busy|unavailable|at capacity)\b/;

function oneOf(...sentences: readonly RegExp[]): RegExp {
  return new RegExp(`^(?:${sentences.map(({ source }) => source).join('|')})`);
}
