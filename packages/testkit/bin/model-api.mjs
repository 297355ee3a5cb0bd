#!/usr/bin/env node
import '../dist/model-api/main.js'
