# The policy engine alone: a static binary and nothing beside it. `opa` is built from infra/local/tools/opa.
FROM scratch
COPY opa /opa
USER 65532:65532
ENTRYPOINT ["/opa"]
