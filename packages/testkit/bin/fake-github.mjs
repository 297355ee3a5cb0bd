#!/usr/bin/env node
import '../dist/github/main.js'
