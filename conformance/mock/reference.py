"""The reference steps, put together."""

from __future__ import annotations

from dataclasses import replace

from conformance.http.message import Response
from conformance.mock import authentication, authorization, catalogue, problems, resources, routes, sessions
from conformance.mock.call import Call, Door, Refused, Steps


def answer_as_reference(call: Call) -> Response:
    """Judge the request, and finish whatever comes of it."""
    steps = call.steps
    try:
        response = steps.respond(call)
    except Refused as refused:
        response = steps.refuse(call, refused)
    return steps.finish(call, response)


def finish(call: Call, response: Response) -> Response:
    """Keep answers out of caches (RFC 9111 §3.5, RFC 6749 §5.1), and HEAD bodiless (RFC 9110 §9.3.2)."""
    headers = response.headers
    if not response.values("cache-control"):
        headers = (*headers, ("Cache-Control", "private, no-store"))
    body = b"" if call.steps.method(call) == "HEAD" else response.body
    return replace(response, headers=headers, body=body)


def sent_to_tls(call: Call) -> Response:
    """Who asks in clear is told where to ask, and nothing else (RFC 9110 §15.4.9)."""
    return Response(308, (("Location", f"{call.connection}{call.request.target}"),))


REFERENCE = Steps(
    answer=answer_as_reference,
    respond=routes.respond,
    refuse=problems.refuse,
    finish=finish,
    values=authentication.values,
    path=routes.path,
    method=routes.method,
    authenticate=authentication.authenticate,
    bearer=authentication.bearer_token,
    verify=authentication.verify_call,
    check_claims=authentication.check_claims,
    check_revoked=authentication.check_revoked,
    authorize=authorization.authorize,
    check_role=authorization.check_role,
    list_products=resources.list_products,
    create_product=resources.create_product,
    find_product=resources.find_product,
    read_product=resources.read_product,
    replace_product=resources.replace_product,
    change_product=resources.change_product,
    delete_product=resources.delete_product,
    list_notes=catalogue.list_notes,
    add_note=catalogue.add_note,
    search_products=catalogue.search_products,
    create_products=catalogue.create_products,
    export_products=catalogue.export_products,
    sign_in=sessions.sign_in,
    issue=sessions.issue,
    lifetime=sessions.lifetime,
    revoke=sessions.revoke,
    jwks=sessions.jwks,
    description=catalogue.description,
    door=Door("TLSv1_2", is_another=lambda _number: False, in_clear=sent_to_tls),
)
