import { defineTarget } from './define-target.ts';
import generic from './generic.ts';

/**
 * As TradingView sends alerts: it signs nothing, so the message of the alert holds the secret. A message that is JSON is sent as
 * JSON, any other as text/plain. https://www.tradingview.com/support/solutions/43000529348
 */
export default defineTarget({
  ...generic,
  name: 'receiver of TradingView alerts',
  request: {
    contentType: 'application/json; charset=utf-8',
    body: '{"secret":"{secret}","action":"{action}","ticker":"{ticker}","quantity":{quantity},"price":{price},"signal_id":"{id}"}',
  },
  secret: { in: 'body' },
});
