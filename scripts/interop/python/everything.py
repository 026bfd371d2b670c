"""The official Python client against `examples/everything`: both eras, both transports."""

import asyncio
import json
import logging
import os
import unittest
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from unittest import IsolatedAsyncioTestCase

import anyio
from mcp import Client, MCPError, types
from mcp.client.sse import sse_client

MCP_URL, SSE_URL = os.environ["MCP_URL"], os.environ["SSE_URL"]
WATCHED = "test://watched-resource"
PROMPT = "test_prompt_with_arguments"
FIXTURES = json.loads(Path(__file__).parent.with_name("fixtures.json").read_text("utf-8"))


async def sample(_context, _params):
    """The model behind the client."""
    answer = types.TextContent(type="text", text="Paris")
    return types.CreateMessageResult(role="assistant", model="a-model", content=answer)


async def elicit(_context, params):
    """The person behind the client, who takes what is offered and agrees to everything."""
    if isinstance(params, types.ElicitRequestURLParams):
        return types.ElicitResult(action="accept")
    fields = params.requested_schema["properties"].items()
    return types.ElicitResult(action="accept", content={name: fill_in(field) for name, field in fields})


def fill_in(field):
    if "default" in field:
        return field["default"]
    if field["type"] == "array":
        items = field["items"]
        return [fill_in({"type": "string", **items, "oneOf": items.get("anyOf")})]
    if field.get("enum"):
        return field["enum"][0]
    if field.get("oneOf"):
        return field["oneOf"][0]["const"]
    return {"boolean": True, "integer": 7, "number": 1.5, "string": "Ada"}[field["type"]]


async def roots(_context):
    return types.ListRootsResult(roots=[types.Root(uri="file:///home", name="home")])


async def until(holds, what):
    """Waits until something holds."""
    for _ in range(200):
        if await holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"it never came to pass: {what}")


def promised(revision):
    """How every fixture ends for a client of this revision."""
    promises = dict(FIXTURES["leftOut"])
    for since, ends in FIXTURES["ends"].items():
        for name, end in ends.items():
            if since <= revision:
                promises[name] = end
            else:
                promises.setdefault(name, "refused")
    return promises


async def end(call, revision):
    """How a fixture has ended, as `promised` tells it."""
    try:
        result = (await call()).model_dump(by_alias=True, mode="json")
    except MCPError as error:
        result = {"isError": True, "content": [{"text": error.error.message}]}
    messages = (message["content"] for message in result.get("messages", []))
    said = " | ".join(map(tell, result.get("content") or result.get("contents") or messages))
    if not result.get("isError"):
        return said
    return "refused" if said.startswith(f"a client of {revision} cannot be asked this") else f"error: {said}"


def tell(block):
    resource = block.get("resource")
    return f"{resource['uri']} {resource['mimeType']}" if resource else block.get("text") or block["mimeType"]


class Everything:
    """What every client can do, whatever it speaks."""

    speaks = "2026-07-28"
    mode = "auto"
    missing_resource = -32602

    def server(self):
        return MCP_URL

    @asynccontextmanager
    async def connect(self, **options):
        if options.pop("answers", True):
            options |= dict(sampling_callback=sample, elicitation_callback=elicit, list_roots_callback=roots)
        with anyio.fail_after(30):
            async with Client(self.server(), mode=self.mode, **options) as client:
                yield client

    async def say(self, client, name, arguments=None, **options):
        result = await client.call_tool(name, arguments or {}, **options)
        self.assertFalse(result.is_error, result)
        return "\n".join(block.text for block in result.content)

    async def test_everything_is_listed(self):
        async with self.connect() as client:
            self.assertEqual(client.protocol_version, self.speaks)
            self.assertEqual(client.server_info.name, "everything")
            self.assertIn("test_simple_text", client.instructions)
            self.assertEqual((await client.list_tools()).tools[0].name, "test_simple_text")
            self.assertEqual((await client.list_resources()).resources[0].uri, "test://static-text")
            self.assertEqual(len((await client.list_resource_templates()).resource_templates), 1)
            self.assertEqual(len((await client.list_prompts()).prompts), 5)

    async def test_each_kind_of_content_arrives(self):
        async with self.connect() as client:
            self.assertIn("simple text", await self.say(client, "test_simple_text"))
            mixed = (await client.call_tool("test_multiple_content_types")).content
            self.assertEqual([block.type for block in mixed], ["text", "image", "resource"])
            audio = (await client.call_tool("test_audio_content")).content[0]
            self.assertEqual(audio.mime_type, "audio/wav")
            self.assertTrue((await client.call_tool("test_error_handling")).is_error)

    async def test_progress_comes_before_the_answer(self):
        seen = []

        async def progress(done, total, _message):
            seen.append((done, total))

        async with self.connect() as client:
            await self.say(client, "test_tool_with_progress", progress_callback=progress)
        self.assertEqual(seen, [(0, 100), (50, 100), (100, 100)])

    async def test_everybody_answers(self):
        async with self.connect() as client:
            self.assertEqual(await self.say(client, "test_sampling", {"prompt": "?"}), "LLM response: Paris")
            self.assertIn("file:///home", await self.say(client, "test_input_required_result_list_roots"))
            login = await self.say(client, "test_elicitation", {"message": "Who are you?"})
            self.assertIn('action=accept, content={"username":"Ada","email":"Ada"}', login)
            account = await self.say(client, "test_elicitation_sep1034_defaults")
            self.assertIn('"John Doe","age":30,"score":95.5,"status":"active"', account)
            choices = await self.say(client, "test_elicitation_sep1330_enums")
            self.assertRegex(choices, r'"titledSingle":"value1".*"untitledMulti":\["option1"\]')
            page = await self.say(client, "test_elicitation_url")
            self.assertEqual(page, "URL elicitation: action=accept")
            together = await self.say(client, "test_input_required_result_multiple_inputs")
            self.assertEqual(together, "Ada; Paris; 1 roots")
            steps = await self.say(client, "test_input_required_result_multi_round")
            self.assertEqual(steps, "Ada likes Ada")
            prompt = await client.get_prompt("test_input_required_result_prompt")
            self.assertEqual(prompt.messages[0].content.text, "Please write about Ada.")

    async def test_resources_are_read(self):
        async with self.connect() as client:
            read = lambda uri: client.read_resource(uri)
            self.assertIn("static text", (await read("test://static-text")).contents[0].text)
            self.assertTrue((await read("test://static-binary")).contents[0].blob.startswith("iVBORw0KGgo"))
            self.assertIn('"id":"123"', (await read("test://template/123/data")).contents[0].text)
            with self.assertRaises(MCPError) as caught:
                await read("test://nowhere")
            self.assertEqual(caught.exception.error.code, self.missing_resource)
            self.assertEqual(caught.exception.error.data["uri"], "test://nowhere")

    async def test_prompts_are_filled_in_and_completed(self):
        async with self.connect() as client:
            filled = await client.get_prompt(PROMPT, {"arg1": "one", "arg2": "two"})
            self.assertRegex(filled.messages[0].content.text, "'one'.*'two'")
            embedded = await client.get_prompt("test_prompt_with_embedded_resource", {"resourceUri": "test://x"})
            self.assertEqual(embedded.messages[0].content.resource.uri, "test://x")
            image = await client.get_prompt("test_prompt_with_image")
            self.assertEqual(image.messages[0].content.mime_type, "image/png")
            ref = types.PromptReference(type="ref/prompt", name=PROMPT)
            completed = await client.complete(ref, {"name": "arg1", "value": "test"})
            self.assertEqual(completed.completion.values, ["test1", "test2"])

    async def test_every_fixture_that_is_listed_ends_as_it_promises(self):
        arguments = FIXTURES["arguments"]
        async with self.connect() as client:
            calls = {}
            for tool in (await client.list_tools()).tools:
                calls[tool.name] = partial(client.call_tool, tool.name, arguments.get(tool.name))
            for prompt in (await client.list_prompts()).prompts:
                calls[prompt.name] = partial(client.get_prompt, prompt.name, arguments.get(prompt.name))
            for resource in (await client.list_resources()).resources:
                calls[resource.uri] = partial(client.read_resource, resource.uri)
            left_out = FIXTURES["leftOut"]
            ended = {name: left_out.get(name) or await end(call, self.speaks) for name, call in calls.items()}
        self.maxDiff = None
        self.assertEqual(ended, promised(self.speaks))

    async def test_a_cancelled_call_stops(self):
        async with self.connect() as client:
            waiting = lambda count: lambda: self.counts(client, count)
            call = asyncio.create_task(client.call_tool("test_wait"))
            await until(waiting("1"), "the call runs")
            call.cancel()
            await until(waiting("0"), "the call has stopped")

    async def counts(self, client, count):
        return await self.say(client, "test_waiting") == count


class Stateless(Everything, IsolatedAsyncioTestCase):
    """The newest revision."""

    async def test_a_client_that_cannot_answer_is_told_what_it_lacks(self):
        async with self.connect(answers=False) as client:
            with self.assertRaises(MCPError) as caught:
                await client.call_tool("test_missing_capability")
            self.assertEqual(caught.exception.error.code, -32021)

    async def test_log_messages_come_only_when_they_are_asked_for(self):
        for level, count in [(None, 0), ("info", 3)]:
            logged = []

            async def log(params):
                logged.append(params.data)

            async with self.connect(logging_callback=log, log_level=level) as client:
                await self.say(client, "test_tool_with_logging")
            self.assertEqual(len(logged), count)

    async def test_changes_and_updates_reach_who_listens(self):
        async with self.connect() as client:
            async with client.listen(tools_list_changed=True, resource_subscriptions=[WATCHED]) as subscription:
                await self.say(client, "test_trigger_tool_change")
                self.assertEqual(type(await anext(subscription)).__name__, "ToolsListChanged")
                await self.say(client, "test_trigger_resource_update")
                self.assertEqual((await anext(subscription)).uri, WATCHED)


class Session(Everything, IsolatedAsyncioTestCase):
    """The newest revision with sessions."""

    speaks = "2025-11-25"
    mode = "legacy"
    missing_resource = -32002

    async def test_a_client_that_cannot_answer_is_told_what_it_lacks(self):
        async with self.connect(answers=False) as client:
            refused = await client.call_tool("test_missing_capability")
            self.assertTrue(refused.is_error)
            self.assertIn("sampling", refused.content[0].text)

    async def test_log_messages_come_from_the_level_that_was_set(self):
        logged = []

        async def log(params):
            logged.append(params.data)

        async with self.connect(logging_callback=log) as client:
            await client.send_ping()
            for level, count in [("error", 0), ("debug", 3)]:
                await client.set_logging_level(level)
                await self.say(client, "test_tool_with_logging")
                self.assertEqual(len(logged), count)

    async def test_changes_and_updates_are_told(self):
        told = []

        async def hear(message):
            told.append(message)

        async with self.connect(message_handler=hear) as client:
            # The stream for news opens some time after the client has connected: tell until it is heard.
            async def heard(trigger, kind):
                await self.say(client, trigger)
                return any(isinstance(message, kind) for message in told)

            await client.subscribe_resource(WATCHED)
            updated = types.ResourceUpdatedNotification
            await until(lambda: heard("test_trigger_resource_update", updated), "the update arrives")
            changed = types.ToolListChangedNotification
            await until(lambda: heard("test_trigger_tool_change", changed), "the change arrives")
            await client.unsubscribe_resource(WATCHED)
            told.clear()
            self.assertFalse(await heard("test_trigger_resource_update", updated))
            await until(lambda: heard("test_trigger_tool_change", changed), "the next change arrives")
            self.assertFalse(any(isinstance(message, updated) for message in told))

    async def test_a_call_outlives_its_stream_and_the_session_ends_in_order(self):
        with self.assertLogs("mcp.client.streamable_http", "INFO") as logs:
            async with self.connect() as client:
                self.assertIn("Reconnection test completed", await self.say(client, "test_reconnection"))
        self.assertTrue(any("disconnected, reconnecting" in line for line in logs.output), logs.output)
        self.assertFalse([record for record in logs.records if record.levelname != "INFO"], logs.output)


class Sse(Session):
    """The older pair of endpoints."""

    def server(self):
        return sse_client(SSE_URL)

    async def test_a_call_outlives_its_stream_and_the_session_ends_in_order(self):
        async with self.connect() as client:
            self.assertIn("Reconnection test completed", await self.say(client, "test_reconnection"))


if __name__ == "__main__":
    # What the client says of a stream that it closes itself is of no interest.
    logging.getLogger("mcp").addHandler(logging.NullHandler())
    # The debug mode that such tests run in complains of every pause.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    unittest.main(verbosity=2, warnings="ignore")
