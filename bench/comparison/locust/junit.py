# Beside a script's own lines: from junit import write_junit
from xml.sax.saxutils import quoteattr

from locust import events


@events.quitting.add_listener
def write_junit(environment, **_):
    failure = "<failure/>" if environment.process_exit_code else ""
    case = f"<testcase name={quoteattr(environment.parsed_options.locustfile)}>{failure}</testcase>"
    with open("junit.xml", "w") as file:
        file.write(f'<testsuite name="locust" tests="1">{case}</testsuite>')
