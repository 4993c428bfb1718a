/** Replies with what it was called with: the whole way of a call, and no work. */
export default {
  isolate: false,
  methods: {
    echo: {
      description: "Replies with its payload.",
      // For 256 in flight: of the 64 that wait if a method says nothing, the others would be refused, which costs less.
      queue: 240,
      schema: {
        type: "object",
        properties: {
          level: { type: "number", minimum: 0, maximum: 100 },
          text: { type: "string", maxLength: 100 },
        },
        required: ["level"],
        additionalProperties: false,
      },
      handler: (payload) => payload,
    },
  },
};
