# One image for all six functions, the clock and the migrations; UVOTE_FUNCTION chooses.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements-image.txt .
RUN pip install --no-cache-dir --no-warn-script-location --require-hashes --prefix=/install -r requirements-image.txt
COPY functions /app/functions
COPY shared /app/shared
COPY knative /app/knative
COPY load /app/load
# With a read-only root nothing can be compiled later; unchecked, since no source will change under it.
RUN python -m compileall -q -f --invalidation-mode unchecked-hash /install /app

FROM python:3.11-slim
LABEL org.opencontainers.image.title="UVote" \
      org.opencontainers.image.description="Elections that an organisation can run itself" \
      org.opencontainers.image.licenses="Apache-2.0"
# Python's own modules come without bytecode too: each start would compile some three hundred of them.
RUN python -m compileall -q --invalidation-mode unchecked-hash -x '/(test|idlelib|lib2to3|tkinter|turtledemo|ensurepip|distutils|site-packages|dist-packages)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /install /usr/local
COPY --from=build /app /app
COPY LICENSE /app/
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
EXPOSE 5001
# No shell in between: SIGTERM reaches uvicorn, which lets requests under way finish.
ENTRYPOINT ["python", "-m", "functions.entry"]
