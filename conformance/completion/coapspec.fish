# Completion of coapspec for fish, by argcomplete (Debian: python3-argcomplete): the command itself
# says what may follow. Without argcomplete there is none.
if command -q register-python-argcomplete
    register-python-argcomplete --shell fish coapspec | source
end
