"""Verifies recorded requests with the libraries of Slack, Stripe and Twilio: a line of JSON each on stdin, true or false on stdout."""
import json
import sys
from urllib.parse import parse_qsl


def by_slack(secret, url, headers, body):
    from slack_sdk.signature import SignatureVerifier

    return SignatureVerifier(secret).is_valid_request(body, headers)


def by_stripe(secret, url, headers, body):
    import stripe

    try:
        stripe.Webhook.construct_event(body, headers.get("stripe-signature", ""), secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def by_twilio(secret, url, headers, body):
    from twilio.request_validator import RequestValidator

    fields = dict(parse_qsl(body, keep_blank_values=True))
    return RequestValidator(secret).validate(url, fields, headers.get("x-twilio-signature", ""))


checks = {"slack": by_slack, "stripe": by_stripe, "twilio": by_twilio}

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(bool(checks[request.pop("vendor")](**request))))
